namespace Latchkey.Server.Languages;

/// <summary>
/// The texts of the pages that a person sees, in one language. A language that lacks a text does not compile. A text with names in it is a
/// method, whose arguments each language puts where its grammar wants them.
/// </summary>
internal abstract partial record Texts
{
    private Texts() { }

    /// <summary>The texts of error pages.</summary>
    internal abstract RefusalTexts Refusals { get; }

    /// <summary>The texts of the page of connected programs.</summary>
    internal abstract AccountTexts Account { get; }

    internal abstract string Footer { get; }
    internal abstract string Privacy { get; }
    internal abstract string Help { get; }
    internal abstract string Reference { get; }
    /// <summary>The label of the links to the other languages.</summary>
    internal abstract string Languages { get; }
    internal abstract string ListSeparator { get; }

    /// <summary>Between two sentences.</summary>
    internal abstract string SentenceSeparator { get; }

    /// <summary>As it follows "a program on": the host of a program that is not on the web.</summary>
    internal abstract string ThisDevice { get; }
    internal abstract string ProgramOnThisDevice { get; }

    // The consent page.
    internal abstract Phrase WantsToUse(Slot client, Slot resource);

    /// <summary>For a name that is not vouched for.</summary>
    internal abstract Phrase ClaimedWantsToUse(Slot client, Slot resource);
    internal abstract Phrase ProgramAt(Slot host);
    internal abstract Phrase ProgramDescribedAt(Slot host, Slot answer);
    internal abstract Phrase ProgramOn(Slot device);

    /// <param name="program">The text of <see cref="ProgramOnThisDevice"/>.</param>
    internal abstract Phrase LocalProgramDescribedAt(Slot program, Slot host);
    internal abstract Phrase ProgramReachedThrough(Slot forwarder);
    internal abstract Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host);

    /// <param name="scheme">Links that begin with it open the app.</param>
    internal abstract Phrase AppOn(Slot device, Slot scheme);
    internal abstract Phrase AppDescribedAt(Slot scheme, Slot host);
    internal abstract string VouchedFor { get; }
    internal abstract string DeviceWarning { get; }

    /// <param name="isNamed">Whether the page shows the name that the client gave itself.</param>
    internal abstract Phrase UnvouchedWarning(Slot host, bool isNamed);
    internal abstract string ImitationWarning { get; }
    internal abstract string NameWarning { get; }
    internal abstract string SignedInAs { get; }
    internal abstract string NotYou { get; }
    internal abstract string WillBeAbleTo { get; }
    internal abstract string MayUntick { get; }
    internal abstract string MustChoose { get; }
    internal abstract string New { get; }
    internal abstract string AlsoAsksTo { get; }
    internal abstract string TickSensitive { get; }
    internal abstract string WhichOrganization { get; }
    internal abstract string ChooseOne { get; }
    internal abstract string OnlyLook { get; }
    internal abstract string WhatItAsksFor { get; }
    internal abstract string Choose { get; }
    internal abstract string ChooseOneByOne { get; }
    internal abstract string OnlyHere { get; }
    internal abstract Phrase Remember(Slot client, Slot resource);
    internal abstract Phrase UseEverything(Slot resource);

    /// <summary>What an OpenID Connect scope gives the client.</summary>
    internal abstract string Identity(string scope);

    internal abstract Phrase AlsoLearn(Slot resource, Slot client, Slot claims);

    /// <summary>What a claim of the access token tells.</summary>
    /// <param name="isEmail">Whether the account is named by the e-mail address.</param>
    internal abstract string Claim(string claim, bool isEmail, bool canUntick);

    /// <param name="lifetime">The lifetime of an access token, which is all that the client gets.</param>
    internal abstract string EndsByItself(TimeSpan lifetime);

    /// <summary>
    /// Access with a refresh token. Only the company can take it back here, so the sentence does not promise that the person can.
    /// </summary>
    /// <param name="lifetime">The absolute lifetime of the grant.</param>
    /// <param name="idle">The lifetime of a refresh token that is not used.</param>
    internal abstract string KeepsAccess(TimeSpan lifetime, TimeSpan idle);
    internal abstract string Allow { get; }
    internal abstract string Deny { get; }

    // The error page, and the way back to the client.
    internal abstract string ForDevelopers { get; }
    internal abstract string TellReference { get; }
    internal abstract string StartAgain { get; }
    internal abstract string GoBack { get; }
    internal abstract Phrase LeadsTo(Slot host);
    internal abstract Phrase LeadsToDevice(Slot device);
    internal abstract Phrase LeadsToApp(Slot scheme);
    internal abstract Phrase LeadsThrough(Slot forwarder);

    // After the decision.
    internal abstract string FinishedTitle { get; }
    internal abstract Phrase Finished(Slot resource);
    internal abstract string OneMoment { get; }
    internal abstract string AnswerTravels { get; }
    internal abstract string Continue { get; }
    internal abstract string AnswerReady { get; }
    internal abstract string AnswerWaits { get; }

    // The home page.
    internal abstract string HomeTitle { get; }
    internal abstract string HomeExplanation { get; }
    internal abstract string ApiReference { get; }
    internal abstract string ApiReferenceIs { get; }
    internal abstract string State { get; }
    internal abstract string StateIs { get; }
    internal abstract Phrase GuidesAre(Slot folder);
    internal abstract string Version { get; }
}
