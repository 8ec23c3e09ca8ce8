using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Network;

/// <summary>
/// A development certificate for this machine: a local certificate authority, trusted once, and a server certificate. Name
/// constraints limit the authority to localhost and loopback addresses (RFC 5280 §4.2.1.10), so its stolen key is useless elsewhere.
/// </summary>
internal sealed record DevCertificate(string AuthorityFile, string CertificateFile, string KeyFile)
{
    private const string Folder = "dev-cert";
    private const int SerialNumberLength = 16;
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(397);
    private static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan RenewalAhead = TimeSpan.FromDays(30);

    /// <summary>Returns the certificate of a data directory, and creates or renews it when needed. A renewal keeps the authority.</summary>
    public static DevCertificate FindOrCreate(string dataDirectory, DateTimeOffset now)
    {
        var folder = Directory.CreateDirectory(Path.Combine(dataDirectory, Folder)).FullName;
        var authorityKeyFile = Path.Combine(folder, "ca.key");
        var found = new DevCertificate(
            Path.Combine(folder, "ca.pem"), Path.Combine(folder, "server.pem"), Path.Combine(folder, "server.key"));
        if (IsGood(found.CertificateFile, found.KeyFile, now))
        {
            return found;
        }

        if (!IsGood(found.AuthorityFile, authorityKeyFile, now + ServerLifetime))
        {
            using var made = NewAuthority(now);
            Write(made, found.AuthorityFile, authorityKeyFile);
        }

        using var authority = Load(found.AuthorityFile, authorityKeyFile);
        using var server = NewServer(authority, now);
        Write(server, found.CertificateFile, found.KeyFile);
        return found;
    }

    /// <summary>Loads a certificate and its key from PEM files, on Windows through PKCS #12, because TLS needs a stored key.</summary>
    public static X509Certificate2 Load(string certificateFile, string keyFile) =>
        LoadText(File.ReadAllText(certificateFile), File.ReadAllText(keyFile));

    /// <summary>Loads a certificate and its key from the content of PEM files.</summary>
    public static X509Certificate2 LoadText(string certificate, string key)
    {
        var read = X509Certificate2.CreateFromPem(certificate, key);
        if (!OperatingSystem.IsWindows())
        {
            return read;
        }

        using (read)
        {
            return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static bool IsGood(string certificateFile, string keyFile, DateTimeOffset now)
    {
        if (!File.Exists(certificateFile) || !File.Exists(keyFile))
        {
            return false;
        }

        using var certificate = Load(certificateFile, keyFile);
        return certificate.NotAfter.ToUniversalTime() > (now + RenewalAhead).UtcDateTime;
    }

    private static X509Certificate2 NewAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Latchkey development CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(LoopbackOnly());
        return request.CreateSelfSigned(now.AddDays(-1), now + AuthorityLifetime);
    }

    private static X509Certificate2 NewServer(X509Certificate2 authority, DateTimeOffset now)
    {
        // RSA, because Java and older Python stacks are more often configured for it than for EC.
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var generator = X509SignatureGenerator.CreateForECDsa(authority.GetECDsaPrivateKey()!);
        using var signed = request.Create(
            authority.SubjectName, generator, now.AddDays(-1), now + ServerLifetime, Secret.NewBytes(SerialNumberLength));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Permits the name localhost, 127.0.0.0/8 and ::1.</summary>
    private static X509Extension LoopbackOnly()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            WriteSubtree(
                () => writer.WriteCharacterString(UniversalTagNumber.IA5String, "localhost", new Asn1Tag(TagClass.ContextSpecific, 2)));
            WriteSubtree(() => writer.WriteOctetString([127, 0, 0, 0, 255, 0, 0, 0], new Asn1Tag(TagClass.ContextSpecific, 7)));
            WriteSubtree(() => writer.WriteOctetString(
                [.. IPAddress.IPv6Loopback.GetAddressBytes(), .. Enumerable.Repeat((byte)255, 16)],
                new Asn1Tag(TagClass.ContextSpecific, 7)));
        }

        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);

        void WriteSubtree(Action name)
        {
            using (writer.PushSequence())
            {
                name();
            }
        }
    }

    private static void Write(X509Certificate2 certificate, string certificateFile, string keyFile)
    {
        var key = certificate.GetRSAPrivateKey() is { } rsa
            ? rsa.ExportPkcs8PrivateKeyPem()
            : certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        File.Delete(keyFile);
        PrivateFile.Create(keyFile, key + "\n");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem() + "\n");
    }
}
