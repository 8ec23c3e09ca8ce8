using AcmeApp.People;

namespace AcmeApp.Pages;

internal sealed record Project(string Title, string Summary, string Owner, int PercentDone);

/// <summary>The projects of an organisation.</summary>
internal static class ProjectBoard
{
    public static IReadOnlyList<Project> Of(Person person) => person.OrganizationId switch
    {
        "acme" =>
        [
            new("Difference engine, second edition", "Fewer brass parts, the same answers.", "Engineering", 72),
            new("Harbour move", "The shipping desk moves to pier four before winter.", "Shipping", 35),
            new("Catalogue", "Every product with a photograph and a price that is true.", "Sales", 90),
        ],
        _ =>
        [
            new("Compiler school", "Six weeks, one language, no card punches.", "Research", 48),
            new("Moth-proof relays", "Find out how it got in.", "Operations", 12),
        ],
    };
}
