namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record Hebrew : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.Hebrew();
        internal override AccountTexts Account { get; } = new AccountTexts.Hebrew();

        internal override string Footer => "כניסה באמצעות Latchkey";
        internal override string Privacy => "פרטיות";
        internal override string Help => "עזרה";
        internal override string Reference => "מספר פנייה";
        internal override string Languages => "שפות";
        internal override string ListSeparator => ", ";
        internal override string SentenceSeparator => " ";
        internal override string ThisDevice => "המכשיר הזה";
        internal override string ProgramOnThisDevice => "תוכנה במכשיר הזה";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} מבקשת להשתמש ב־{resource}";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"תוכנה שקוראת לעצמה {client} מבקשת להשתמש ב־{resource}";
        internal override Phrase ProgramAt(Slot host) => $"תוכנה בכתובת {host}";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"תוכנה שמתוארת בכתובת {host}. התשובה שלך נשלחת אל {answer}";
        internal override Phrase ProgramOn(Slot device) => $"תוכנה על {device}";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}, שמתוארת בכתובת {host}";
        internal override Phrase ProgramReachedThrough(Slot forwarder) => $"תוכנה במכשיר הזה, שמגיעים אליה דרך {forwarder}";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"תוכנה במכשיר הזה, שמגיעים אליה דרך {forwarder} ומתוארת בכתובת {host}";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"יישום על {device} שפותח קישורים מסוג {scheme}";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"יישום במכשיר הזה שפותח קישורים מסוג {scheme} ומתואר בכתובת {host}";
        internal override string VouchedFor => "מאומתת";
        internal override string DeviceWarning =>
            "התשובה שלך נשלחת לתוכנה במכשיר הזה. כדאי לאפשר רק אם הפעלת אותה בעצמך ממש עכשיו.";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? (Phrase)($"התוכנה הזו אינה מאומתת: ייתכן שהשם שלה אינו נכון. התשובה שלך נשלחת אל {host}. "
                + $"כדאי לאפשר רק אם התוכנה מוכרת לך.")
            : (Phrase)$"התוכנה הזו אינה מאומתת. התשובה שלך נשלחת אל {host}. כדאי לאפשר רק אם התוכנה מוכרת לך.";
        internal override string ImitationWarning => "השם של התוכנה הזו דומה לשם של תוכנה ידועה, ולכן הוא אינו מוצג.";
        internal override string NameWarning => "בשם של התוכנה הזו יש תווים שקל להחליף באחרים, ולכן הוא אינו מוצג.";
        internal override string SignedInAs => "נכנסת בתור";
        internal override string NotYou => "החלפת חשבון";
        internal override string WillBeAbleTo => "היא תוכל";
        internal override string MayUntick => "אפשר לבטל את הסימון של מה שאינו רצוי.";
        internal override string MustChoose => "יש לסמן את מה שברצונך לאפשר.";
        internal override string New => "חדש";
        internal override string AlsoAsksTo => "היא מבקשת גם";
        internal override string TickSensitive => "אלה דברים רגישים. יש לסמן רק את מה שנחוץ לך.";
        internal override string WhichOrganization => "עבור איזה ארגון?";
        internal override string ChooseOne => "נא לבחור";
        internal override string OnlyLook => "צפייה בלבד";
        internal override string WhatItAsksFor => "מה שהיא מבקשת";
        internal override string Choose => "לבחור";
        internal override string ChooseOneByOne => "לסמן כל אחד בעצמך.";
        internal override string OnlyHere => "דברים רגישים נמצאים רק כאן.";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"לא לשאול אותי שוב כש־{client} מתחברת אל {resource}";
        internal override Phrase UseEverything(Slot resource) => $"להשתמש בכל מה ש־{resource} מציע לך";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "לראות את השם, שם המשתמש, התמונה, המגדר והשפה שלך",
            "email" => "לראות את כתובת הדוא״ל שלך ואם היא מאושרת",
            _ => "לדעת מה זהותך",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} ו־{client} יקבלו גם את הפרטים האלה: {claims}.";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "באיזה חשבון נעשה שימוש, ששמו הוא כתובת הדוא״ל שלך",
            "sub" => "באיזה חשבון נעשה שימוש",
            "auth_time" => "מתי ואיך נכנסת",
            "email" => "כתובת הדוא״ל שלך",
            "name" => "השם שלך",
            "org_id" => "הארגון שלך",
            "roles" => "התפקידים שלך",
            "groups" => "הקבוצות שלך",
            _ => "פרטים נוספים שהחברה שלך מוסיפה",
        } + (canUntick ? " (אלא אם הסימון בוטל)" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"הגישה מסתיימת מעצמה אחרי {Amount(TimeAmount.RoundedUp(lifetime))}. אז התוכנה צריכה לבקש שוב.";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"הגישה נמשכת עד שהחברה שלך תסיים אותה, לכל היותר {Amount(TimeAmount.RoundedUp(lifetime))}."
            + (idle < lifetime
                ? $" היא מסתיימת קודם אם התוכנה לא השתמשה בה במשך {Amount(TimeAmount.RoundedUp(idle))}."
                : "");

        internal override string Allow => "לאפשר";
        internal override string Deny => "לדחות";

        internal override string ForDevelopers => "למפתחים";
        internal override string TellReference => "בפנייה לעזרה יש למסור את מספר הפנייה הזה:";
        internal override string StartAgain => "להתחיל מחדש";
        internal override string GoBack => "חזרה לתוכנה";
        internal override Phrase LeadsTo(Slot host) => $"הכפתור מוביל אל {host}.";
        internal override Phrase LeadsToDevice(Slot device) => $"הכפתור מוביל אל תוכנה על {device}.";
        internal override Phrase LeadsToApp(Slot scheme) => $"הכפתור פותח יישום במכשיר הזה, לקישורים שמתחילים ב־{scheme}.";
        internal override Phrase LeadsThrough(Slot forwarder) => $"הכפתור מוביל אל תוכנה במכשיר הזה, דרך {forwarder}.";

        internal override string FinishedTitle => "החיבור הושלם";
        internal override Phrase Finished(Slot resource) => $"התוכנה קיבלה גישה אל {resource}. אפשר לסגור את החלון הזה.";
        internal override string OneMoment => "רק רגע";
        internal override string AnswerTravels => "התשובה שלך בדרך אל התוכנה. אם דבר לא קורה, יש ללחוץ על „המשך”.";
        internal override string Continue => "המשך";
        internal override string AnswerReady => "התשובה שלך מוכנה";
        internal override string AnswerWaits => "היא מיועדת לתוכנה במכשיר הזה, שנפתחת רק בלחיצה על הכפתור.";

        internal override string HomeTitle => "Latchkey פועל";
        internal override string HomeExplanation =>
            "השרת הזה מכניס אותך לתוכנות שמתחברות לשרת MCP. תוכנה פותחת עבורך את הדפים שלו כשהם נחוצים.";
        internal override string ApiReference => "תיעוד ה־API";
        internal override string ApiReferenceIs => "למפעיל ולדף הכניסה";
        internal override string State => "מצב";
        internal override string StateIs => "לניטור: אם השרת מוכן, ומה אינו תקין";
        internal override Phrase GuidesAre(Slot folder) => $"המדריכים מצורפים לתוכנה, בתיקייה {folder}.";
        internal override string Version => "גרסה";

        /// <summary>Two of a unit have a form of their own.</summary>
        internal static string Amount(TimeAmount amount) => (amount.Count, amount.Unit) switch
        {
            (1, TimeUnit.Second) => "שנייה אחת",
            (1, TimeUnit.Minute) => "דקה אחת",
            (1, TimeUnit.Hour) => "שעה אחת",
            (1, _) => "יום אחד",
            (2, TimeUnit.Second) => "שתי שניות",
            (2, TimeUnit.Minute) => "שתי דקות",
            (2, TimeUnit.Hour) => "שעתיים",
            (2, _) => "יומיים",
            (_, TimeUnit.Second) => $"{amount.Digits} שניות",
            (_, TimeUnit.Minute) => $"{amount.Digits} דקות",
            (_, TimeUnit.Hour) => $"{amount.Digits} שעות",
            ( > 10, _) => $"{amount.Digits} יום",
            (_, _) => $"{amount.Digits} ימים",
        };
    }
}
