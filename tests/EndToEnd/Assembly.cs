using EndToEnd.Browser;

[assembly: AssemblyFixture(typeof(Chromium))]
