namespace Latchkey.Server.Languages;

/// <summary>The texts of the page of connected programs, in one language.</summary>
internal abstract partial record AccountTexts
{
    private AccountTexts() { }

    // The list.
    internal abstract string Title { get; }
    internal abstract string Empty { get; }

    /// <summary>A program of this device, where others show their host.</summary>
    internal abstract string OnYourDevice { get; }

    /// <summary>Before the name of the server that a program uses.</summary>
    internal abstract string Uses { get; }
    internal abstract string MayDo { get; }
    internal abstract string Organization { get; }
    internal abstract Phrase Since(Slot date);
    internal abstract Phrase LastUsed(Slot date);
    internal abstract string StaysConnected { get; }
    internal abstract Phrase EndsOn(Slot date);
    internal abstract string OnlyNewest { get; }
    internal abstract string Disconnect { get; }
    internal abstract string Change { get; }
    internal abstract string Unknown { get; }
    internal abstract string DisconnectAll { get; }
    internal abstract string SignOut { get; }
    internal abstract string EndedTitle { get; }
    internal abstract Phrase EndedOn(Slot date);
    internal abstract string RememberedTitle { get; }
    internal abstract Phrase Remembered(Slot program, Slot server);
    internal abstract string AskAgain { get; }

    // Changing what a program may do.
    internal abstract Phrase ChangeTitle(Slot program);
    internal abstract string ChangeExplanation { get; }
    internal abstract string NothingLeft { get; }
    internal abstract string Save { get; }
    internal abstract string Cancel { get; }

    // Disconnecting.
    internal abstract Phrase DisconnectTitle(Slot program);

    /// <param name="tail">How long an issued access token stays valid.</param>
    internal abstract Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail);
    internal abstract string DisconnectAllTitle { get; }
    internal abstract string DisconnectAllExplanation(int programs, TimeSpan tail);
    internal abstract Phrase UnknownTitle(Slot program);
    internal abstract Phrase UnknownExplanation(Slot program);
    internal abstract string UnknownButton { get; }
    internal abstract Phrase Disconnected(Slot program);
    internal abstract string BackToList { get; }
    internal abstract Phrase AskSupport(Slot contact);
    internal abstract string AskCompany { get; }

    // Signing in and out.
    internal abstract string ChooseTitle { get; }
    internal abstract string ChooseExplanation { get; }
    internal abstract AccountMessage NotOffered { get; }
    internal abstract AccountMessage SignedOut { get; }
    internal abstract AccountMessage SignInAgain { get; }
    internal abstract AccountMessage NoSuchProgram { get; }
    internal abstract AccountMessage FormRefused { get; }
    internal abstract string SignIn { get; }

    /// <summary>A day in UTC.</summary>
    internal abstract string Date(DateTimeOffset time);
}

/// <summary>A page with one sentence.</summary>
internal sealed record AccountMessage(string Title, string Explanation);
