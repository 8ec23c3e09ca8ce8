using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Npgsql;

namespace Storage.Tests.Drivers;

/// <summary>URLs as Heroku, Neon, Supabase, Railway and Docker images hand them out, and the mistakes in pasted ones.</summary>
public sealed class PostgreSQL_URLs
{
    private const string Secret = "s3cr3t-pw";

    [Theory]
    [InlineData("postgres://lk:s3cr3t-pw@db.example.com:6543/app", "db.example.com", 6543, "app", "lk", "s3cr3t-pw")]
    [InlineData("postgresql://lk:s3cr3t-pw@db.example.com/app", "db.example.com", 5432, "app", "lk", "s3cr3t-pw")]
    [InlineData("POSTGRES://lk@db/app", "db", 5432, "app", "lk", null)]
    [InlineData("postgres://db/app", "db", 5432, "app", null, null)]
    [InlineData("postgres://lk:p%40ss%2Fw%3Ard%3F%25@db/app", "db", 5432, "app", "lk", "p@ss/w:rd?%")]
    [InlineData("postgres://lk:p@ss@db/app", "db", 5432, "app", "lk", "p@ss")]
    [InlineData("postgres://lk:a:b@db/app", "db", 5432, "app", "lk", "a:b")]
    [InlineData("postgres://lk:a;b='c@db/app", "db", 5432, "app", "lk", "a;b='c")]
    [InlineData("postgres://lk.project%2Dref:x@db/a%20b", "db", 5432, "a b", "lk.project-ref", "x")]
    [InlineData("postgres://lk:x@[2001:db8::1]:6432/app", "2001:db8::1", 6432, "app", "lk", "x")]
    [InlineData("postgres://lk:x@[::1]/app", "::1", 5432, "app", "lk", "x")]
    [InlineData("postgres://lk:x@%2Fvar%2Frun%2Fpostgresql/app", "/var/run/postgresql", 5432, "app", "lk", "x")]
    [InlineData("postgres://lk:x@/app?host=/var/run/postgresql", "/var/run/postgresql", 5432, "app", "lk", "x")]
    [InlineData("postgres:///app?host=db&port=6000&user=lk&password=x%26y", "db", 6000, "app", "lk", "x&y")]
    [InlineData("postgres://lk:x@a:1,b:2/app", "a:1,b:2", 5432, "app", "lk", "x")]
    [InlineData("postgres://lk:x@db", "db", 5432, null, "lk", "x")]
    public void A_URL_is_read(string url, string host, int port, string? database, string? user, string? password)
    {
        var read = Parse(url).Keywords;

        Assert.Equal((host, port, database, user, password), (read.Host, read.Port, read.Database, read.Username, read.Password));
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("allow", SslMode.Allow)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Each_sslmode_of_libpq_is_read(string mode, SslMode expected) =>
        Assert.Equal(expected, Parse($"postgres://lk:x@db/app?sslmode={mode}").Keywords.SslMode);

    [Fact]
    public void Several_parameters_are_read()
    {
        var read = Parse(
            "postgres://lk:x@db/app?sslmode=verify-full&sslrootcert=ca.pem&application_name=login%20server&connect_timeout=7"
            + "&options=-c%20search_path%3Dlatchkey&channel_binding=require&target_session_attrs=read-write&pgbouncer=true");

        Assert.True(read.IsPooled);
        Assert.Equal(
            (SslMode.VerifyFull, "/data/ca.pem", "login server", 7, "-c search_path=latchkey", ChannelBinding.Require, "read-write"),
            (read.Keywords.SslMode, read.Keywords.RootCertificate, read.Keywords.ApplicationName, read.Keywords.Timeout,
                read.Keywords.Options, read.Keywords.ChannelBinding, read.Keywords.TargetSessionAttributes));
        Assert.Equal(SslMode.Require, Parse("postgres://lk:x@db/app?ssl=true").Keywords.SslMode);
    }

    [Theory]
    [InlineData("postgres://lk:s3cr3t-pw/x@db:5432/app", "Percent-encode")]
    [InlineData("postgres://lk:12?s3cr3t-pw@db/app", "not known")]
    [InlineData("postgres://lk:s3cr3t-pw?x@db/app", "Percent-encode")]
    [InlineData("postgres://lk:s3cr3t-pw%zz@db/app", "%25")]
    [InlineData("postgres://lk:s3cr3t-pw%@db/app", "%25")]
    [InlineData("postgres://lk:s3cr3t-pw@db:port/app", "Percent-encode")]
    [InlineData("postgres://lk:s3cr3t-pw@2001:db8::1/app", "in brackets")]
    [InlineData("postgres://lk:s3cr3t-pw@db:99999/app", "Percent-encode")]
    [InlineData("postgres://lk:s3cr3t-pw@/app", "without a host")]
    [InlineData("postgres://", "without a host")]
    [InlineData("postgres://lk:s3cr3t-pw@db/app?poolsize=5", "'poolsize'")]
    [InlineData("postgres://lk:s3cr3t-pw@db/app?sslmode=on", "sslmode must be disable")]
    [InlineData("postgres://lk:s3cr3t-pw@db/app?connect_timeout=soon", "connect_timeout must be a number")]
    [InlineData("postgres://lk:s3cr3t-pw%00@db/app", "NUL")]
    public void A_URL_that_cannot_be_read_is_refused_with_what_to_write_and_without_the_password(string url, string cure)
    {
        var refused = Assert.Throws<UnusableSetting>(() => Parse(url));

        Assert.StartsWith("Storage ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(cure, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Username=u;Password=s3cr3t-pw;x'y=1;Database=d")]
    [InlineData("Host=db;Password=a;s3cr3t-pw=b")]
    [InlineData("Host=db;Password=\"s3cr3t-pw")]
    [InlineData("Host=db;Port=s3cr3t-pw")]
    [InlineData("Host=db;SSL Mode=s3cr3t-pw")]
    [InlineData("Username=u;Password=s3cr3t-pw")]
    [InlineData("s3cr3t-pw")]
    public void Keywords_that_cannot_be_read_are_refused_without_the_password(string keywords)
    {
        var refused = Assert.Throws<UnusableSetting>(() => Parse(keywords));

        Assert.Contains("Host=", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_address_is_shown_without_the_password()
    {
        var shown = Parse("postgres://lk:s3cr3t-pw@db:6543/app?sslpassword=s3cr3t-pw").Shown;

        Assert.Equal("Host=db;Port=6543;Database=app;Username=lk", shown);
    }

    private static PostgresAddress Parse(string text) => PostgresAddress.Parse(text, "/data");
}
