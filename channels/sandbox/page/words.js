// What the page says, who the customers are, and what they might write.

export const LANGUAGES = { fr: 'Français', ar: 'العربية', en: 'English' };

export const WORDS = {
  fr: {
    sandbox: 'Bac à sable', language: 'Langue de la page', clock: 'Horloge du programme',
    channel: 'Canal', customer: 'Client', ready: 'Messages tout prêts', stranger: 'Nouveau client inconnu',
    send: 'Envoyer', attach: 'Joindre une photo ou un fichier', remove: 'Retirer', write: 'Écrire en tant que {name}…',
    empty: 'Rien encore. Écrivez, ou choisissez un message tout prêt.',
    email: 'E-mail', sms: 'SMS', whatsapp: 'WhatsApp', telegram: 'Telegram', webchat: 'Chat web',
    taken: 'Reçu et conservé', sending: 'Envoi…', failed: 'Non pris : toucher pour réessayer', typing: 'écrit…',
    offline: 'Liaison coupée, nouvel essai…', elsewhere: 'Ce que répond ce compte part vers {via} extérieur, pas sur cette page.',
    advance: 'Avancer de {step}', min10: '10 min', h1: '1 h', d1: '1 jour', w1: '1 semaine',
    moved: 'L’horloge avance : rappels et suivis arrivent dans quelques secondes.', to: 'À', from: 'De',
    desk: 'Boîte des collègues', deskNote: 'Ici arrivent les alertes aux collègues. On ne fait que lire.',
    parts: '{n}/{limit} · {sms} SMS', long: 'Trop long : {n} caractères, {limit} au plus.', none: 'Aucun compte n’est joué par le bac à sable.',
    file: 'Fichier', refused: 'Refusé : {why}',
  },
  ar: {
    sandbox: 'بيئة التجربة', language: 'لغة الصفحة', clock: 'ساعة البرنامج',
    channel: 'القناة', customer: 'الزبون', ready: 'رسائل جاهزة', stranger: 'زبون جديد مجهول',
    send: 'إرسال', attach: 'إرفاق صورة أو ملف', remove: 'إزالة', write: 'الكتابة باسم {name}…',
    empty: 'لا شيء بعد. اكتبوا، أو اختاروا رسالة جاهزة.',
    email: 'بريد إلكتروني', sms: 'رسائل قصيرة', whatsapp: 'واتساب', telegram: 'تيليغرام', webchat: 'محادثة الموقع',
    taken: 'استُلمت وحُفظت', sending: 'جارٍ الإرسال…', failed: 'لم تُستلم: المسوا لإعادة المحاولة', typing: 'يكتب…',
    offline: 'انقطع الاتصال، محاولة جديدة…', elsewhere: 'ما يردّ به هذا الحساب يذهب إلى {via} خارجي، لا إلى هذه الصفحة.',
    advance: 'التقديم بـ {step}', min10: '10 د', h1: 'ساعة', d1: 'يوم', w1: 'أسبوع',
    moved: 'تقدّمت الساعة: تصل التذكيرات والمتابعات خلال ثوانٍ.', to: 'إلى', from: 'من',
    desk: 'صندوق الزملاء', deskNote: 'هنا تصل التنبيهات إلى الزملاء. للقراءة فقط.',
    parts: '{n}/{limit} · {sms} SMS', long: 'طويلة جدًا: {n} حرفًا، والحد {limit}.', none: 'لا يوجد حساب تمثّله بيئة التجربة.',
    file: 'ملف', refused: 'مرفوضة: {why}',
  },
  en: {
    sandbox: 'Sandbox', language: 'Language of this page', clock: 'The program’s clock',
    channel: 'Channel', customer: 'Customer', ready: 'Ready-made messages', stranger: 'New, unknown customer',
    send: 'Send', attach: 'Attach a photo or file', remove: 'Remove', write: 'Write as {name}…',
    empty: 'Nothing yet. Write, or pick a ready-made message.',
    email: 'E-mail', sms: 'SMS', whatsapp: 'WhatsApp', telegram: 'Telegram', webchat: 'Web chat',
    taken: 'Received and kept', sending: 'Sending…', failed: 'Not taken: tap to try again', typing: 'is writing…',
    offline: 'Connection lost, trying again…', elsewhere: 'What this account answers goes to an outside {via}, not to this page.',
    advance: 'Advance by {step}', min10: '10 min', h1: '1 h', d1: '1 day', w1: '1 week',
    moved: 'The clock moved: reminders and follow-ups arrive within seconds.', to: 'To', from: 'From',
    desk: 'Colleagues’ inbox', deskNote: 'Alerts to colleagues arrive here. Read only.',
    parts: '{n}/{limit} · {sms} SMS', long: 'Too long: {n} characters, {limit} at most.', none: 'No account is played by the sandbox.',
    file: 'File', refused: 'Refused: {why}',
  },
};

// Fictitious people: one address for each channel.
const person = (key, name, language, speech, at) => ({
  key, name, language, speech,
  address: {
    email: `${key}@client.example`, sms: `+2135550001${at}`, whatsapp: `+2135550001${at}`,
    telegram: `7000001${at}`, webchat: `visitor-${key}`,
  },
});

export const PEOPLE = [
  person('amina', 'Amina', 'fr', 'fr', '01'),
  person('karim', 'كريم', 'ar', 'ar', '02'),
  person('sarah', 'Sarah', 'en', 'en', '03'),
  person('yacine', 'Yacine', 'fr', 'ar-latn', '04'),
  person('nadia', 'نادية', 'ar', 'ar-dz', '05'),
];

export const SPEECH = { fr: 'français', ar: 'العربية', en: 'English', 'ar-latn': 'darija', 'ar-dz': 'دارجة' };

export const READY = {
  fr: [
    'Bonjour', 'Quels sont vos horaires ?', 'Combien coûte la brique B12 ?',
    'Je suis très mécontente : la moitié des briques B12 est arrivée cassée',
    'Ma commande BC-2041 du 3 mars n’est toujours pas livrée, je veux un remboursement',
    'Où en est ma réclamation ?', 'Je voudrais parler à quelqu’un', 'Je ne sais pas', 'Oui', 'Non', 'Annuler', 'Merci, au revoir', 'STOP',
  ],
  ar: [
    'السلام عليكم', 'ما هي أوقات العمل؟', 'كم سعر الآجر B12؟',
    'أنا غير راضٍ، وصلت نصف كمية الآجر B12 مكسورة',
    'طلبي رقم BC-2041 لم يصل منذ أسبوع، أريد استرجاع المبلغ',
    'أين وصلت شكواي؟', 'أريد التحدث مع شخص', 'لا أعرف', 'نعم', 'لا', 'إلغاء', 'شكرا، مع السلامة', 'أوقفوا الرسائل',
  ],
  en: [
    'Hello', 'What are your opening hours?', 'How much is a B12 brick?',
    'I am really unhappy: half of the B12 bricks arrived broken',
    'My order BC-2041 has not been delivered since last week, I want a refund',
    'Where is my complaint?', 'I want to talk to a person', 'I don’t know', 'Yes', 'No', 'Cancel', 'Thanks, goodbye', 'STOP',
  ],
  'ar-latn': [
    'Salam', 'waqtach t7ellou?', 'ch7al teswa brique B12?',
    '3ayit, nos les briques B12 wslou mkessrin, hadi machi 5edma',
    'commande BC-2041 mazal ma weslatch hadi simana, nheb drahmi',
    'win wesslat la réclamation nta3i?', 'nheb nehder m3a wahed', 'ma 3labalich', 'wah', 'lala', 'khlas', 'saha, beslama', 'STOP',
  ],
  'ar-dz': [
    'سلام خويا', 'وقتاش تحلو؟', 'شحال تسوى البريك B12؟',
    'راني زعفان، نص البريك B12 وصل مكسر',
    'الكوموند BC-2041 مازال ما وصلتش هادي سيمانة، نحب دراهمي',
    'وين وصلت الشكوى نتاعي؟', 'نحب نهدر مع واحد', 'ما علاباليش', 'واه', 'لالا', 'خلاص', 'صحا، بسلامة', 'STOP',
  ],
};
