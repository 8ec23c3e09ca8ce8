using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Server.Tests.Network;

/// <summary>Certificate and key files that a test renews.</summary>
internal sealed class PemFiles
{
    private readonly string folder;

    public PemFiles(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
    }

    public string CertificateFile => Path.Combine(folder, "tls.crt");

    public string KeyFile => Path.Combine(folder, "tls.key");

    /// <summary>Creates a certificate for localhost. Returns its PEM and that of its key.</summary>
    public static (string Certificate, string Key) New(string name, TimeSpan? lifetime = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow() + (lifetime ?? TimeSpan.FromDays(90)));
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Writes both files in place.</summary>
    public void Write((string Certificate, string Key) pair)
    {
        File.WriteAllText(KeyFile, pair.Key);
        File.WriteAllText(CertificateFile, pair.Certificate);
    }

    /// <summary>Replaces both files by renaming new ones.</summary>
    public void Replace((string Certificate, string Key) pair)
    {
        File.WriteAllText(KeyFile + ".new", pair.Key);
        File.WriteAllText(CertificateFile + ".new", pair.Certificate);
        File.Move(KeyFile + ".new", KeyFile, overwrite: true);
        File.Move(CertificateFile + ".new", CertificateFile, overwrite: true);
    }
}
