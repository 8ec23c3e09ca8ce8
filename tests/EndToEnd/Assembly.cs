using EndToEnd.Stage;

[assembly: AssemblyFixture(typeof(Chromium))]
