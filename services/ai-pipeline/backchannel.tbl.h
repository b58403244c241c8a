/* BACKCHANNEL(language, phrases), GREETING(...): as words_plain() has them. "": every language. */
BACKCHANNEL("", "mm|mmm|mhm|mmhm|mmhmm|mhmm|mhmhm|hm|hmm|hmmm|mm hmm|mm hm|hm "
                "hm|uh|um|uhm|uhhuh|uh huh|huh|ah|aha|ahh|ah ha|oh|ooh|eh|er|erm|ok|okay|okey")
BACKCHANNEL("en", "yeah|yep|yup|yes|right|sure|alright|all right|i see|got "
                  "it|gotcha|cool|great|good|fine|true|exactly|indeed|wow|really|nice|of "
                  "course|that makes sense|makes sense|i understand|understood|very good")
BACKCHANNEL(
    "de",
    "ja|jaja|jo|joa|jep|genau|gut|sehr gut|klar|richtig|stimmt|so so|aso|ach|ach "
    "so|achso|verstehe|ich verstehe|alles klar|na ja|naja|ähm|äh|soso|eben|sicher|super|prima|tja")
BACKCHANNEL(
    "fr", "oui|ouais|daccord|d accord|bien|bien sûr|très bien|je vois|voilà|exact|exactement|cest "
          "ça|c est ça|euh|bon|ben|hein|parfait|tout à fait|entendu")
BACKCHANNEL("es",
            "sí|si|ya|claro|vale|bueno|bien|muy "
            "bien|ajá|entiendo|exacto|eso|perfecto|correcto|pues|de acuerdo|por supuesto|ya veo")
BACKCHANNEL(
    "it", "sì|si|già|certo|bene|va bene|molto "
          "bene|capisco|esatto|giusto|ehm|beh|perfetto|daccordo|d accordo|ho capito|ecco|vero|mah")
BACKCHANNEL(
    "nl",
    "ja|jawel|juist|goed|heel goed|precies|klopt|prima|oké|zeker|inderdaad|tuurlijk|natuurlijk|ik "
    "snap het|ik begrijp het|duidelijk|nou")
GREETING("", "hello|hallo|hi|hey|speaking")
GREETING("en", "good morning|good afternoon|good evening|who is this|whos this|hello there|is "
               "anybody there|who is there|whos there")
GREETING("de", "guten tag|guten morgen|guten abend|wer ist da|wer spricht")
GREETING("fr", "allô|allo|bonjour|bonsoir|qui est ce")
GREETING("es", "diga|dígame|hola|buenos días|buenas tardes|buenas noches|quién es")
GREETING("it", "pronto|buongiorno|buonasera|chi è|chi parla")
GREETING("nl", "goedemorgen|goedemiddag|goedenavond|met wie|wie is dit")
