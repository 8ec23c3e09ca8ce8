namespace Latchkey.Server.Dashboard.Forms;

/// <summary>Fields of a form under one heading, by their names in the table.</summary>
/// <param name="Heading">Null for a form of one part.</param>
internal sealed record FormPart(string? Heading, params IReadOnlyList<string> Fields);

/// <summary>A field that two operators changed at the same time.</summary>
/// <param name="Before">The value when the form was opened.</param>
/// <param name="Now">The value that another change set.</param>
/// <param name="Typed">The value in the form.</param>
internal sealed record FormConflict(string Label, string Before, string Now, string Typed);
