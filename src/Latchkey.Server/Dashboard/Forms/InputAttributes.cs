namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The attributes that join an input to its hint and error.</summary>
public sealed record InputAttributes(string DescribedBy, string? Invalid);
