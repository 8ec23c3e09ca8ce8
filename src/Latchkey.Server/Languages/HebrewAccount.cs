namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record Hebrew : AccountTexts
    {
        internal override string Title => "תוכנות מחוברות";
        internal override string Empty => "אין תוכנה מחוברת. כשתאושר תוכנה, היא תופיע כאן.";
        internal override string OnYourDevice => "במכשיר שלך";
        internal override string Uses => "משתמשת בשירות";
        internal override string MayDo => "היא רשאית";
        internal override string Organization => "ארגון";
        internal override Phrase Since(Slot date) => $"מחוברת מאז {date}";
        internal override Phrase LastUsed(Slot date) => $"שימוש אחרון: {date}";
        internal override string StaysConnected => "היא נשארת מחוברת עד שהחיבור יסתיים על ידך או על ידי החברה שלך.";
        internal override Phrase EndsOn(Slot date) => $"היא מסתיימת מעצמה ב־{date}.";
        internal override string OnlyNewest => "מוצגות רק התוכנות שהיו בשימוש לאחרונה.";
        internal override string Disconnect => "ניתוק";
        internal override string Change => "שינוי מה שהיא רשאית";
        internal override string Unknown => "יש כאן משהו שאינו מוכר לי";
        internal override string DisconnectAll => "ניתוק של הכול";
        internal override string SignOut => "יציאה";
        internal override string EndedTitle => "כבר לא מחוברות";
        internal override Phrase EndedOn(Slot date) => $"הסתיימה ב־{date}";
        internal override string RememberedTitle => "מתחברת בלי לשאול";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} מתחברת אל {server} בלי לשאול אותך.";
        internal override string AskAgain => "לשאול אותי שוב";
        internal override Phrase ChangeTitle(Slot program) => $"מה {program} רשאית לעשות?";
        internal override string ChangeExplanation => "יש לבטל את הסימון של מה שהיא לא תעשה עוד. כדי לאפשר יותר, יש להתחבר שוב בתוכנה.";
        internal override string NothingLeft => "יש להשאיר לפחות סימון אחד. כדי לבטל הכול, יש לנתק את התוכנה.";
        internal override string Save => "שמירה";
        internal override string Cancel => "ביטול";
        internal override Phrase DisconnectTitle(Slot program) => $"לנתק את {program}?";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} מאבדת מיד את הגישה אל {server}; במשך {Exact(tail)} לכל היותר היא עוד יכולה לסיים את מה שהתחילה.";
        internal override string DisconnectAllTitle => "לנתק את כל התוכנות?";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            programs == 1
                ? $"תוכנה אחת מאבדת מיד את הגישה; במשך {Exact(tail)} לכל היותר היא עוד יכולה לסיים את מה שהתחילה."
                : $"{Number(programs)} תוכנות מאבדות מיד את הגישה; במשך {Exact(tail)} לכל היותר הן עוד יכולות לסיים את מה שהתחילו.";
        internal override Phrase UnknownTitle(Slot program) => $"{program} אינה מוכרת לך?";
        internal override Phrase UnknownExplanation(Slot program) =>
            $"{program} מנותקת מיד. העובדה שאינה מוכרת לך נרשמת עבור מפעיל השירות הזה.";
        internal override string UnknownButton => "ניתוק ודיווח";
        internal override Phrase Disconnected(Slot program) => $"{program} מנותקת";
        internal override string BackToList => "חזרה לרשימה";
        internal override Phrase AskSupport(Slot contact) => $"אפשר לשאול את {contact} מה קרה.";
        internal override string AskCompany => "אפשר לשאול את התמיכה של החברה שלך מה קרה.";
        internal override string ChooseTitle => "איזה שירות?";
        internal override string ChooseExplanation => "יש לבחור את השירות שאת התוכנות שלו ברצונך לראות. הכניסה נעשית בדף שלו.";
        internal override AccountMessage NotOffered => new("הדף הזה אינו מוצע כאן", "החברה שלך מציגה את התוכנות המחוברות בדף החשבון שלה.");
        internal override AccountMessage SignedOut => new("יצאת מהחשבון", "אפשר לסגור את החלון הזה.");
        internal override AccountMessage SignInAgain => new("יש להיכנס שוב", "הכניסה הסתיימה אחרי זמן מה, ודבר לא השתנה.");
        internal override AccountMessage NoSuchProgram => new("אין תוכנה כזו", "היא אינה ברשימה שלך, או שכבר אינה בה.");
        internal override AccountMessage FormRefused => new("התשובה הזו לא התקבלה", "היא הגיעה מדף אחר, או מדף ישן מדי. דבר לא השתנה.");
        internal override string SignIn => "כניסה";

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Day} {Months[time.UtcDateTime.Month - 1]} {time.UtcDateTime.Year}";

        private static readonly string[] Months =
        [
            "בינואר", "בפברואר", "במרץ", "באפריל", "במאי", "ביוני",
            "ביולי", "באוגוסט", "בספטמבר", "באוקטובר", "בנובמבר", "בדצמבר",
        ];

        private static string Exact(TimeSpan time) => Texts.Hebrew.Amount(TimeAmount.Exact(time));

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
