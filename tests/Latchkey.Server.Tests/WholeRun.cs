using Latchkey.Testing;

[assembly: AssemblyFixture(typeof(PostgresServer.EndsWithTheRun))]
