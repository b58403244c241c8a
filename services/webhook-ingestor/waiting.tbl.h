/* WAITING(language, disclosure, first, again): said while the pipeline cannot be asked. */
WAITING("en",
    "You are speaking with an AI assistant. This call may be recorded.",
    "One moment, please.",
    "Thank you for your patience.")
WAITING("de",
    "Sie sprechen mit einem KI-Assistenten. Dieses Gespräch kann aufgezeichnet werden.",
    "Einen Moment, bitte.",
    "Vielen Dank für Ihre Geduld.")
WAITING("fr",
    "Vous parlez avec un assistant IA. Cet appel peut être enregistré.",
    "Un instant, s'il vous plaît.",
    "Merci de votre patience.")
WAITING("es",
    "Está hablando con un asistente de inteligencia artificial. Esta llamada puede ser grabada.",
    "Un momento, por favor.",
    "Gracias por su paciencia.")
WAITING("it",
    "Sta parlando con un assistente IA. Questa chiamata può essere registrata.",
    "Un momento, per favore.",
    "Grazie per la pazienza.")
WAITING("nl",
    "U spreekt met een AI-assistent. Dit gesprek kan worden opgenomen.",
    "Een ogenblik, alstublieft.",
    "Bedankt voor uw geduld.")
