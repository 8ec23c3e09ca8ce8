using Deque.AxeCore.Playwright;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd.Browser;

/// <summary>Takes the pictures of a page, and checks its layout and accessibility.</summary>
internal static class PageChecks
{
    private const int Wide = 1280;
    private const int Narrow = 390;

    /// <summary>WCAG 2.2 §1.4.10 (reflow): the width of a page that is enlarged to 400 %.</summary>
    private const int Narrowest = 320;

    /// <summary>Wide and narrow, light and dark.</summary>
    /// <param name="isStrict">Axe reports nothing at all, best practices included; otherwise nothing serious.</param>
    public static async Task CheckAsync(
        BrowserUser person, string name, bool hasScript = true, bool isWhole = true, bool isStrict = false)
    {
        var page = person.Page;
        var folder = Path.Combine(DemoProgram.Built("Artifacts"), "screenshots");
        if (await person.Allow.IsVisibleAsync())
        {
            await Assertions.Expect(person.Allow).ToBeEnabledAsync();
        }

        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            foreach (var width in new[] { Wide, Narrow })
            {
                await page.SetViewportSizeAsync(width, width == Wide ? 800 : 844);
                await page.ScreenshotAsync(new()
                {
                    Path = Path.Combine(folder, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}.png"),
                    FullPage = isWhole,
                    Animations = ScreenshotAnimations.Disabled
                });
                await NothingOverflowsAsync(page, $"{name} at {width}");

                // Contrast depends on the scheme and layout on the width: two runs cover both of each. Axe needs JavaScript.
                if (hasScript && (width == Narrow) == (scheme == ColorScheme.Light))
                {
                    await AxeReportsNothingAsync(page, $"{name} at {width}, {scheme}", isStrict);
                }
            }
        }

        await page.SetViewportSizeAsync(Narrowest, 844);
        await NothingOverflowsAsync(page, $"{name} at {Narrowest}");
    }

    /// <summary>On a phone in light colours, for pages with other pictures. Axe reports nothing, best practices included.</summary>
    public static async Task CheckNarrowAsync(BrowserUser person, string name)
    {
        var page = person.Page;
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.SetViewportSizeAsync(Narrow, 844);
        await page.ScreenshotAsync(new()
        {
            Path = Path.Combine(DemoProgram.Built("Artifacts"), "screenshots", $"{name}-{Narrow}-light.png"),
            FullPage = true,
            Animations = ScreenshotAnimations.Disabled
        });
        await NothingOverflowsAsync(page, $"{name} at {Narrow}");
        await AxeReportsNothingAsync(page, name, isStrict: true);
        await page.SetViewportSizeAsync(Narrowest, 844);
        await NothingOverflowsAsync(page, $"{name} at {Narrowest}");
    }

    private static async Task NothingOverflowsAsync(IPage page, string where)
    {
        var outside = await page.EvaluateAsync<string[]>(
            """
            () => {
              // Text for screen readers is a box of one pixel that is clipped away.
              const isClipped = e => e !== null && (getComputedStyle(e).clipPath === 'inset(50%)' || isClipped(e.parentElement));
              // A sheet that opens over the page is wider than its button, and is itself an element of this list.
              const opensSheet = e => e.tagName === 'DETAILS' && e.open;
              // A text input scrolls to the rest of a long value.
              const scrolls = e => e.tagName === 'INPUT';
              return [...document.body.querySelectorAll('*')]
                .filter(e => e.checkVisibility() && !isClipped(e))
                .map(e => [e, e.getBoundingClientRect()])
                .filter(([e, box]) => box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5
                  || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && !opensSheet(e) && !scrolls(e)))
                .map(([e, box]) =>
                  `${e.outerHTML.slice(0, 80)} reaches from ${box.left} to ${box.right}, holds ${e.scrollWidth} in ${e.clientWidth}`);
            }
            """);
        Assert.True(outside.Length == 0, $"{where}: {string.Join('\n', outside)}");
        Assert.True(
            await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{where} scrolls horizontally");
    }

    private static async Task AxeReportsNothingAsync(IPage page, string where, bool isStrict)
    {
        var found = await page.RunAxe();
        var bad = found.Violations.Where(violation => isStrict || violation.Impact is "serious" or "critical")
            .SelectMany(violation => violation.Nodes.Select(node => $"{violation.Impact} {violation.Id}: {violation.Help}: {node.Html}"));
        Assert.True(found.Passes.Length > 5, $"{where}: axe ran too few checks");
        Assert.True(!bad.Any(), $"{where}: {string.Join('\n', bad)}");
    }
}
