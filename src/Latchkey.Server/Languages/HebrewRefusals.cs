namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record Hebrew : RefusalTexts
    {
        private const string StartAgain = "יש לחזור לתוכנה שממנה הגעת ולהתחבר שוב.";
        private const string StartAgainOrReport =
            "יש לחזור לתוכנה שממנה הגעת ולהתחבר שוב. אם זה קורה שוב, יש לשלוח את מספר הפנייה שלמטה לתמיכה שלה.";
        private const string NotAccepted = "השירות הזה אינו מקבל את התוכנה הזו";
        private const string NotVerified = "לא ניתן היה לאמת את התוכנה הזו";
        private const string OtherBrowser = "הכניסה הזו החלה בדפדפן אחר";
        private const string Over = "הכניסה הזו הסתיימה";
        private const string TryAgain = "נא לנסות שוב";
        private const string MaybeTrick =
            "אם לא התחלת אותה, יש לסגור את הדף הזה. ייתכן שהקישור נשלח כדי להטעות אותך. אם התחלת אותה, יש להתחבר שוב ולהישאר באותו דפדפן.";

        internal override RefusalText MissingClient => new(
            "הקישור הזה אינו שלם", "התוכנה ששלחה אותך לכאן לא ציינה איזו תוכנה היא.", StartAgainOrReport);

        internal override RefusalText RepeatedClient => new(
            "הקישור הזה אינו תקין", "התוכנה ששלחה אותך לכאן הזדהתה יותר מפעם אחת.", StartAgainOrReport);

        internal override RefusalText UnknownClient => new(
            "תוכנה לא מוכרת", "התוכנה ששלחה אותך לכאן אינה רשומה, או שהרישום שלה הוסר.", StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new(
            "הקישור הזה אינו תקין", "התוכנה ששלחה אותך לכאן ציינה את הכתובת שלה יותר מפעם אחת.", StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new(
            "הקישור הזה אינו שלם", "התוכנה ששלחה אותך לכאן לא ציינה לאן להחזיר אותך.", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "הכתובת של התוכנה הזו אינה רשומה", "התוכנה רוצה להחזיר אותך לכתובת שהיא לא רשמה. היא נעצרה כאן.", StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "הכתובת של התוכנה הזו אינה מותרת", "התוכנה רוצה להחזיר אותך לכתובת שהשירות הזה אינו מתיר. היא נעצרה כאן.", StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "התוכנה הזו רשומה לשירות אחר", "התוכנה ששלחה אותך לכאן רשומה לשירות אחר ופועלת רק שם.", StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "השירות שאליו ביקשת להגיע מקבל רק תוכנות שמפעיל השירות הוסיף.", "יש לבקש ממפעיל השירות להוסיף את התוכנה.");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "השירות שאליו ביקשת להגיע מקבל רק תוכנות שמפעיל השירות אישר.", "יש לבקש ממפעיל השירות לאשר את התוכנה.");

        internal override RefusalText NoConnection => new(
            "הכניסה אינה מוגדרת", "לשירות שאליו ביקשת להגיע אין עדיין דף כניסה.", "יש לבקש ממפעיל השירות להגדיר אותו.");

        internal override RefusalText TooManySignIns(int seconds) => new(
            "יותר מדי כניסות", "כניסות רבות החלו מהרשת שלך בזמן קצר.", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "יותר מדי כניסות", "כניסות רבות החלו בשירות הזה בזמן קצר.", Wait(seconds));

        internal override RefusalText StateTooLong => new(
            "הקישור הזה ארוך מדי", "התוכנה ששלחה אותך לכאן צירפה לקישור יותר מדי נתונים.", StartAgainOrReport);

        internal override RefusalText UnknownResource => new(
            "שירות לא מוכר", "הכתובת שאליה נשלחת אינה שייכת לאף שירות.", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new(
            "הבקשה הזו אינה תקינה", "התוכנה ששלחה אותך לכאן שלחה בקשה בתבנית לא מוכרת.", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new(
            "הקישור הזה פועל פעם אחת בלבד", "הקישור כבר שימש, ישן מדי או שייך לתוכנה אחרת.", StartAgain);

        internal override RefusalText SignInRequired => new(
            "יש להיכנס תחילה", "התוכנה ששלחה אותך לכאן ביקשה גישה בלי להציג לך דף. הדבר אינו אפשרי. היא לא קיבלה גישה.",
            "אפשר לחזור לתוכנה. היא תקבל הודעה שעליך להיכנס.");

        internal override RefusalText ClientMistake => new(
            "התוכנה הזו שלחה בקשה לא תקינה",
            "התוכנה ששלחה אותך לכאן טעתה. היא לא קיבלה גישה לדבר.", "אפשר לחזור לתוכנה. היא תקבל הודעה מה אינו תקין.");

        internal override RefusalText ClientBlocked => new(
            "התוכנה הזו חסומה", "מפעיל השירות חסם את התוכנה הזו.", "אם התוכנה הזו נחוצה לך, יש לפנות למפעיל השירות.");

        internal override RefusalText TooManyFetchesAtOnce => new(
            TryAgain, "השרת בודק כרגע יותר מדי תוכנות חדשות.", "יש להמתין כמה שניות ולטעון מחדש את הדף הזה.");

        internal override RefusalText TooManyFetches(int seconds) => new(
            TryAgain, "תוכנות חדשות רבות שימשו מהרשת שלך בזמן קצר.", Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            TryAgain, "תוכנות חדשות רבות שימשו בשירות הזה בזמן קצר.", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted, $"השירות שאליו ביקשת להגיע אינו מקבל תוכנות של {host}.", "יש לבקש ממפעיל השירות לקבל את התוכנה.");

        internal override RefusalText DocumentUnavailable => new(
            NotVerified, "לא ניתן היה לקרוא את התיאור שהתוכנה מפרסמת באינטרנט.", StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"לא ניתן היה לקרוא את התיאור שהתוכנה מפרסמת בכתובת {url}.", StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified,
            $"לא ניתן היה לקרוא את התיאור שהתוכנה מפרסמת בכתובת {url}. השרת הזה אינו יכול להגיע לאינטרנט.", StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(NotVerified, "התיאור שהתוכנה מפרסמת באינטרנט אינו תקין.", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new("כתובת לא מוכרת", "דף הכניסה החזיר אותך לכתובת שאינה קיימת.", StartAgain);

        internal override RefusalText UnknownState => new(
            "כניסה לא מוכרת", "הקישור אינו שלם, שונה, או שייך לכניסה שהסתיימה לפני זמן רב.", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser,
            "למען ביטחונך, כניסה חייבת להסתיים בדפדפן שבו היא החלה. הכניסה הזו החלה בדפדפן אחר, ולכן לא קרה כאן דבר.", MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser, "למען ביטחונך, כניסה חייבת להסתיים בדפדפן שבו היא החלה. הכניסה הזו החלה בדפדפן אחר, ולכן היא נעצרה.", MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(Over, "הכניסה שממנה חזרת נמשכה זמן רב מדי או החלה בדפדפן אחר.", StartAgain);

        internal override RefusalText NotReported => new("הכניסה לא הושלמה", "דף הכניסה החזיר אותך לפני שהודיע מה זהותך.", StartAgain);

        internal override RefusalText ProofMissing => new(
            "לא ניתן היה לאשר את הכניסה", "דף הכניסה החזיר אותך בלי האישור הדרוש, ולכן הכניסה נעצרה.", StartAgain);

        internal override RefusalText NotSignedIn => new(
            "הכניסה לא בוצעה",
            "דף הכניסה לא הכניס אותך, ולכן התוכנה לא קיבלה גישה.", "אפשר לחזור לתוכנה. היא תקבל הודעה שהכניסה לא בוצעה.");

        internal override RefusalText NoLongerOffered => new(
            "הבקשה הזו אינה תקפה עוד", "התוכנה או השירות שונו או הוסרו בזמן הכניסה.", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "דף הכניסה הזה אינו בשימוש עוד",
            "השירות שאליו ביקשת להגיע אינו משתמש עוד בדף הכניסה שממנו הגעת.", "יש להתחבר שוב או לפנות למפעיל השירות.");

        internal override RefusalText SignInOver => new(Over, "היא נעצרה קודם לכן, ולא ניתנה שום גישה.", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "הכניסה הזו נמשכה זמן רב מדי", $"למען ביטחונך, יש לך {Exact(lifetime)} להיכנס בדף הכניסה.", StartAgain);

        internal override RefusalText ReturnTooLate => new(
            "החזרה הייתה מאוחרת מדי", "הכניסה בוצעה, אבל אחריה החזרה לכאן נמשכה זמן רב מדי.", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "התשובה שלך הגיעה מאוחר מדי", $"למען ביטחונך, השאלה אם לאפשר גישה נשארת פתוחה {Exact(lifetime)} בלבד.", StartAgain);

        internal override RefusalText CodeTooLate => new("הכניסה הזו הושלמה", "ענית, אבל התוכנה לא לקחה את התשובה בזמן.", StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(
            OtherBrowser, "אפשר לענות רק בדפדפן שבו החלה הכניסה, ורק עד שתוקפה יפוג.", StartAgain);

        internal override RefusalText ForeignOrigin => new(
            "התשובה הזו הגיעה מדף אחר", "למען ביטחונך, תשובה מתקבלת רק מהדף ששאל אותך.", StartAgain);

        internal override RefusalText FormTokenMissing => new(
            "לא ניתן היה לאמת את התשובה הזו",
            "הדף שבו ענית לא היה שלם או היה ישן מדי.", "יש לחזור דף אחד אחורה, לטעון אותו מחדש ולענות שוב.");

        internal override RefusalText OrganizationMissing => new(
            "יש לבחור ארגון", "יש לך כמה ארגונים, ולא בחרת באף אחד מהם.", "יש לחזור דף אחד אחורה, לבחור אחד ולענות שוב.");

        internal override RefusalText OrganizationUnknown => new(
            "אי אפשר לבחור בארגון הזה", "הדף שבו ענית שונה.", "יש לחזור דף אחד אחורה, לטעון אותו מחדש ולענות שוב.");

        internal override RefusalText NoDecision => new(
            "לא ניתנה תשובה", "הדף שבו ענית לא ציין אם בחרת לאפשר או לדחות.", "יש לחזור דף אחד אחורה וללחוץ על אחד הכפתורים.");

        internal override RefusalText Framed => new(
            "אי אפשר להציג את הדף הזה בתוך דף אחר", "למען ביטחונך, הדף הזה מוצג רק בחלון משלו.", StartAgain);

        internal override RefusalText NotANavigation => new(
            "יש לפתוח את הדף הזה בחלון", "הכתובת נטענה ברקע על ידי דף אחר, כתמונה או באמצעות סקריפט.", StartAgain);

        internal override RefusalText Prefetched => new("הדף הזה לא נטען מראש", "הכתובת הזו פועלת רק אם פתחת אותה בעצמך.", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new(
            "יותר מדי בקשות", "בקשות רבות הגיעו מהרשת שלך בזמן קצר.", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "רק רגע", "שירות הכניסה אינו יכול להגיע כרגע לנתונים שלו.", "יש להמתין כמה שניות ולטעון מחדש את הדף הזה. דבר לא אבד.");

        internal override RefusalText StorageRefusesWrites => new(
            "הכניסה אינה אפשרית כרגע", "שירות הכניסה אינו יכול לשמור דבר כרגע. מה שייעשה עכשיו לא יישמר.",
            "יש לנסות שוב מאוחר יותר. אם זה נמשך, יש להודיע למפעיל השירות הזה. דבר לא אבד.");

        internal override RefusalText NotFound => new(
            "אין דף בכתובת הזו", "ייתכן שהכתובת נכתבה בטעות, או שהקישור אליה אינו מעודכן.", StartAgain);

        internal override RefusalText InternalError => new("משהו השתבש כאן", "בשירות הכניסה אירעה שגיאה. היא נרשמה.", StartAgain);

        internal override RefusalText UnreadableRequest => new(
            "אי אפשר לקרוא את הבקשה הזו", "הדפדפן שלך שלח בקשה פגומה או גדולה מדי.", StartAgain);

        private static string Exact(TimeSpan time) => Texts.Hebrew.Amount(TimeAmount.Exact(time));

        private static string Wait(int seconds) =>
            $"יש להמתין {Texts.Hebrew.Amount(TimeAmount.Seconds(seconds))} ולטעון מחדש את הדף הזה.";
    }
}
