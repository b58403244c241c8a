/* PHRASE(name, en, de, fr, es, it, nl): short, spoken sentences. */
PHRASE(ASSISTANT, /* instead of a name that repeats the agent's */
       "the assistant", "der Assistent", "l'assistant", "el asistente", "l'assistente",
       "de assistent")
PHRASE(DISCLOSURE, "You are speaking with an AI assistant of {agent_name}.",
       "Sie sprechen mit einem KI-Assistenten von {agent_name}.",
       "Vous parlez avec un assistant IA de {agent_name}.",
       "Está hablando con un asistente de inteligencia artificial de {agent_name}.",
       "Sta parlando con un assistente IA di {agent_name}.",
       "U spreekt met een AI-assistent van {agent_name}.")
PHRASE(DISCLOSURE_RECORDED,
       "You are speaking with an AI assistant of {agent_name}. This call may be recorded.",
       "Sie sprechen mit einem KI-Assistenten von {agent_name}. Dieses Gespräch kann aufgezeichnet "
       "werden.",
       "Vous parlez avec un assistant IA de {agent_name}. Cet appel peut être enregistré.",
       "Está hablando con un asistente de inteligencia artificial de {agent_name}. Esta llamada "
       "puede ser grabada.",
       "Sta parlando con un assistente IA di {agent_name}. Questa chiamata può essere registrata.",
       "U spreekt met een AI-assistent van {agent_name}. Dit gesprek kan worden opgenomen.")
PHRASE(GREETING, "Hello! This is {voice_agent} from {company_name}. How can I help you today?",
       "Hallo! Hier ist {voice_agent} von {company_name}. Wie kann ich Ihnen helfen?",
       "Bonjour ! Ici {voice_agent} de {company_name}. Comment puis-je vous aider ?",
       "¡Hola! Le habla {voice_agent} de {company_name}. ¿En qué puedo ayudarle?",
       "Buongiorno! Sono {voice_agent} di {company_name}. Come posso aiutarla?",
       "Hallo! U spreekt met {voice_agent} van {company_name}. Waarmee kan ik u helpen?")
PHRASE(GREETING_CALLED,
       "Hello! This is {voice_agent}, calling for {agent_name} of {company_name}. Do you have a "
       "moment?",
       "Hallo! Hier ist {voice_agent}, ich rufe für {agent_name} von {company_name} an. Haben Sie "
       "einen Moment Zeit?",
       "Bonjour ! Ici {voice_agent}, je vous appelle pour {agent_name} de {company_name}. "
       "Avez-vous un moment ?",
       "¡Hola! Soy {voice_agent} y le llamo de parte de {agent_name}, de {company_name}. ¿Tiene un "
       "momento?",
       "Buongiorno! Sono {voice_agent} e chiamo per conto di {agent_name} di {company_name}. Ha un "
       "momento?",
       "Hallo! U spreekt met {voice_agent}, ik bel namens {agent_name} van {company_name}. Heeft u "
       "een moment?")
PHRASE(GREETING_CALLED_NAME,
       "Hello {contact_name}! This is {voice_agent}, calling for {agent_name} of {company_name}. "
       "Do you have a moment?",
       "Hallo {contact_name}! Hier ist {voice_agent}, ich rufe für {agent_name} von {company_name} "
       "an. Haben Sie einen Moment Zeit?",
       "Bonjour {contact_name} ! Ici {voice_agent}, je vous appelle pour {agent_name} de "
       "{company_name}. Avez-vous un moment ?",
       "¡Hola, {contact_name}! Soy {voice_agent} y le llamo de parte de {agent_name}, de "
       "{company_name}. ¿Tiene un momento?",
       "Buongiorno {contact_name}! Sono {voice_agent} e chiamo per conto di {agent_name} di "
       "{company_name}. Ha un momento?",
       "Hallo {contact_name}! U spreekt met {voice_agent}, ik bel namens {agent_name} van "
       "{company_name}. Heeft u een moment?")
PHRASE(FILLER, "One moment, please.", "Einen Moment, bitte.", "Un instant, s'il vous plaît.",
       "Un momento, por favor.", "Un momento, per favore.", "Een ogenblik, alstublieft.")
PHRASE(FILLER_AGAIN, "Thank you for waiting, I'm still looking.",
       "Danke für Ihre Geduld, ich sehe noch nach.", "Merci de patienter, je cherche encore.",
       "Gracias por esperar, sigo buscando.", "Grazie per l'attesa, sto ancora cercando.",
       "Bedankt voor het wachten, ik ben nog aan het zoeken.")
PHRASE(SILENCE_FIRST, "Are you still there?", "Sind Sie noch da?", "Êtes-vous toujours là ?",
       "¿Sigue ahí?", "È ancora in linea?", "Bent u er nog?")
PHRASE(SILENCE_SECOND, "I can't hear you at the moment. Is there anything I can help you with?",
       "Ich kann Sie gerade nicht hören. Kann ich Ihnen bei etwas helfen?",
       "Je ne vous entends pas. Puis-je vous aider ?",
       "No le escucho en este momento. ¿Puedo ayudarle en algo?",
       "In questo momento non la sento. Posso aiutarla?",
       "Ik hoor u even niet. Kan ik u ergens mee helpen?")
PHRASE(SILENCE_GOODBYE,
       "I still can't hear you, so I'll end the call now. Please call again any time. Goodbye.",
       "Ich kann Sie leider nicht hören und beende jetzt das Gespräch. Rufen Sie gern wieder an. "
       "Auf Wiederhören.",
       "Je ne vous entends toujours pas, je mets donc fin à l'appel. N'hésitez pas à rappeler. Au "
       "revoir.",
       "Sigo sin escucharle, así que voy a terminar la llamada. Llámenos cuando quiera. Adiós.",
       "Continuo a non sentirla, quindi chiudo la chiamata. Ci richiami quando vuole. Arrivederci.",
       "Ik hoor u nog steeds niet, dus ik beëindig het gesprek. Bel gerust nog eens. Tot ziens.")
PHRASE(NOT_UNDERSTOOD, "I'm sorry, I didn't catch that. Could you say it again?",
       "Entschuldigung, das habe ich nicht verstanden. Könnten Sie es noch einmal sagen?",
       "Pardon, je n'ai pas compris. Pourriez-vous répéter ?",
       "Disculpe, no le he entendido. ¿Podría repetirlo?",
       "Mi scusi, non ho capito. Potrebbe ripetere?",
       "Sorry, dat heb ik niet verstaan. Kunt u het nog eens zeggen?")
PHRASE(LOST, "Sorry, could you say that again?",
       "Entschuldigung, könnten Sie das noch einmal sagen?", "Pardon, pourriez-vous répéter cela ?",
       "Perdone, ¿podría repetirlo?", "Mi scusi, potrebbe ripeterlo?",
       "Sorry, kunt u dat nog eens zeggen?")
PHRASE(INACTIVE,
       "Thank you for calling {company_name}. Our assistant is not available at the moment. Please "
       "try again later. Goodbye.",
       "Vielen Dank für Ihren Anruf bei {company_name}. Unser Assistent ist zurzeit nicht "
       "erreichbar. Bitte versuchen Sie es später noch einmal. Auf Wiederhören.",
       "Merci d'avoir appelé {company_name}. Notre assistant n'est pas disponible pour le moment. "
       "Veuillez rappeler plus tard. Au revoir.",
       "Gracias por llamar a {company_name}. Nuestro asistente no está disponible en este momento. "
       "Inténtelo más tarde, por favor. Adiós.",
       "Grazie per aver chiamato {company_name}. Il nostro assistente non è disponibile al "
       "momento. La preghiamo di riprovare più tardi. Arrivederci.",
       "Bedankt voor het bellen met {company_name}. Onze assistent is nu niet beschikbaar. Probeer "
       "het later nog eens. Tot ziens.")
PHRASE(
    UNAVAILABLE,
    "I'm sorry, we can't take your call right now. Please call again in a few minutes. Goodbye.",
    "Es tut uns leid, wir können Ihren Anruf gerade nicht annehmen. Bitte rufen Sie in ein paar "
    "Minuten noch einmal an. Auf Wiederhören.",
    "Désolé, nous ne pouvons pas prendre votre appel pour le moment. Veuillez rappeler dans "
    "quelques minutes. Au revoir.",
    "Lo sentimos, no podemos atender su llamada ahora. Vuelva a llamar en unos minutos, por favor. "
    "Adiós.",
    "Ci dispiace, ora non possiamo rispondere. La preghiamo di richiamare tra qualche minuto. "
    "Arrivederci.",
    "Sorry, we kunnen uw oproep nu niet aannemen. Bel over een paar minuten nog eens. Tot ziens.")
PHRASE(TROUBLE,
       "I'm sorry, I'm having some trouble right now. Please leave a message after this, or press "
       "zero to speak with {agent_name}.",
       "Es tut mir leid, ich habe gerade eine Störung. Bitte hinterlassen Sie jetzt eine "
       "Nachricht, oder drücken Sie die Null, um mit {agent_name} zu sprechen.",
       "Désolé, je rencontre un problème. Laissez un message maintenant, ou appuyez sur zéro pour "
       "parler à {agent_name}.",
       "Lo siento, tengo un problema en este momento. Deje un mensaje ahora, o pulse cero para "
       "hablar con {agent_name}.",
       "Mi dispiace, ho un problema in questo momento. Lasci un messaggio adesso, oppure prema "
       "zero per parlare con {agent_name}.",
       "Het spijt me, ik heb even een storing. Spreek nu een bericht in, of druk op nul om met "
       "{agent_name} te spreken.")
PHRASE(TROUBLE_MESSAGE,
       "I'm sorry, I'm having some trouble right now. Please tell me your message for "
       "{agent_name}, and I will pass it on.",
       "Es tut mir leid, ich habe gerade eine Störung. Bitte sagen Sie mir Ihre Nachricht für "
       "{agent_name}, ich gebe sie weiter.",
       "Désolé, je rencontre un problème. Dites-moi votre message pour {agent_name}, je le "
       "transmettrai.",
       "Lo siento, tengo un problema en este momento. Dígame su mensaje para {agent_name} y se lo "
       "haré llegar.",
       "Mi dispiace, ho un problema in questo momento. Mi dica il suo messaggio per {agent_name} e "
       "lo riferirò.",
       "Het spijt me, ik heb even een storing. Zeg uw bericht voor {agent_name}, dan geef ik het "
       "door.")
PHRASE(CONNECTING, "Of course. One moment please, I'm connecting you with {agent_name}.",
       "Gern. Einen Moment bitte, ich verbinde Sie mit {agent_name}.",
       "Bien sûr. Un instant, je vous mets en relation avec {agent_name}.",
       "Por supuesto. Un momento, por favor, le comunico con {agent_name}.",
       "Certo. Un momento, la metto in contatto con {agent_name}.",
       "Natuurlijk. Een ogenblik, ik verbind u door met {agent_name}.")
PHRASE(
    TRANSFER_FAILED,
    "I'm sorry, {agent_name} can't come to the phone right now. What message may I pass on?",
    "Es tut mir leid, {agent_name} ist gerade nicht erreichbar. Welche Nachricht darf ich "
    "weitergeben?",
    "Désolé, {agent_name} n'est pas joignable pour le moment. Quel message puis-je transmettre ?",
    "Lo siento, {agent_name} no puede ponerse ahora. ¿Qué mensaje quiere que le deje?",
    "Mi dispiace, {agent_name} non può rispondere adesso. Quale messaggio posso lasciare?",
    "Het spijt me, {agent_name} is nu niet bereikbaar. Welk bericht mag ik doorgeven?")
PHRASE(NO_TRANSFER,
       "I can't put you through at the moment, but I will gladly take a message for {agent_name}. "
       "What shall I pass on?",
       "Ich kann Sie gerade nicht verbinden, nehme aber gern eine Nachricht für {agent_name} auf. "
       "Was darf ich ausrichten?",
       "Je ne peux pas vous transférer pour le moment, mais je peux prendre un message pour "
       "{agent_name}. Que dois-je transmettre ?",
       "Ahora no puedo pasarle, pero con gusto tomo un mensaje para {agent_name}. ¿Qué quiere que "
       "le diga?",
       "Al momento non posso trasferire la chiamata, ma prendo volentieri un messaggio per "
       "{agent_name}. Che cosa devo riferire?",
       "Ik kan u nu niet doorverbinden, maar ik neem graag een bericht voor {agent_name} aan. Wat "
       "mag ik doorgeven?")
PHRASE(
    MESSAGE_TAKEN,
    "Thank you. I have noted your message and will pass it on to {agent_name}. Goodbye.",
    "Danke. Ich habe Ihre Nachricht notiert und gebe sie an {agent_name} weiter. Auf Wiederhören.",
    "Merci. J'ai noté votre message et je le transmettrai à {agent_name}. Au revoir.",
    "Gracias. He anotado su mensaje y se lo haré llegar a {agent_name}. Adiós.",
    "Grazie. Ho annotato il suo messaggio e lo riferirò a {agent_name}. Arrivederci.",
    "Dank u. Ik heb uw bericht genoteerd en geef het door aan {agent_name}. Tot ziens.")
PHRASE(
    OPTED_OUT, "I understand. You are off our list, and we won't call you again. Goodbye.",
    "Verstanden. Sie stehen nicht mehr auf unserer Liste, wir rufen Sie nicht mehr an. Auf "
    "Wiederhören.",
    "C'est compris. Vous n'êtes plus sur notre liste et nous ne vous appellerons plus. Au revoir.",
    "Entendido. Ya no está en nuestra lista y no volveremos a llamarle. Adiós.",
    "Capito. Non è più nella nostra lista e non la chiameremo più. Arrivederci.",
    "Begrepen. U staat niet meer op onze lijst, we bellen u niet meer. Tot ziens.")
PHRASE(GOODBYE, "Thank you for your time. Goodbye.", "Vielen Dank für Ihre Zeit. Auf Wiederhören.",
       "Merci de votre temps. Au revoir.", "Gracias por su tiempo. Adiós.",
       "Grazie per il suo tempo. Arrivederci.", "Bedankt voor uw tijd. Tot ziens.")
PHRASE(TIME_UP,
       "We have reached the end of the time I have for this call. {agent_name} will gladly help "
       "you further. Thank you, and goodbye.",
       "Die Zeit für dieses Gespräch ist leider um. {agent_name} hilft Ihnen gern weiter. Vielen "
       "Dank und auf Wiederhören.",
       "Le temps prévu pour cet appel est écoulé. {agent_name} vous aidera volontiers. Merci et au "
       "revoir.",
       "Se ha terminado el tiempo de esta llamada. {agent_name} le ayudará con mucho gusto. "
       "Gracias y adiós.",
       "Il tempo per questa chiamata è finito. {agent_name} sarà lieto di aiutarla ancora. Grazie "
       "e arrivederci.",
       "De tijd voor dit gesprek is om. {agent_name} helpt u graag verder. Bedankt en tot ziens.")
PHRASE(MESSAGE_ASK, "Gladly. What message may I pass on to {agent_name}?",
       "Gern. Was darf ich {agent_name} ausrichten?",
       "Volontiers. Quel message puis-je transmettre à {agent_name} ?",
       "Con mucho gusto. ¿Qué mensaje quiere dejarle a {agent_name}?",
       "Volentieri. Quale messaggio posso lasciare a {agent_name}?",
       "Graag. Welk bericht mag ik doorgeven aan {agent_name}?")
PHRASE(WHISPER, /* to the agent who takes a transfer; the caller does not hear it */
       "Your assistant is putting a call through from {contact_name}.",
       "Ihr Assistent stellt einen Anruf durch, von {contact_name}.",
       "Votre assistant vous transfère un appel de {contact_name}.",
       "Su asistente le pasa una llamada de {contact_name}.",
       "Il suo assistente le passa una chiamata di {contact_name}.",
       "Uw assistent verbindt een gesprek door, van {contact_name}.")
PHRASE(WHISPER_ABOUT, /* and in the caller's words, what about */
       "It is about:", "Es geht um:", "C'est au sujet de :", "Se trata de:", "Si tratta di:",
       "Het gaat over:")
PHRASE(WHISPER_KEY, /* a mailbox cannot */
       "Press any key to take the call.",
       "Drücken Sie eine beliebige Taste, um den Anruf anzunehmen.",
       "Appuyez sur une touche pour prendre l'appel.",
       "Pulse cualquier tecla para aceptar la llamada.",
       "Prema un tasto qualsiasi per accettare la chiamata.",
       "Druk op een toets om het gesprek aan te nemen.")
