using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Network;

/// <summary>The certificates that outbound requests accept: those of the system, and those of the setting <c>Cimd:ExtraCa</c>.</summary>
internal sealed class OutboundTls
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2Collection extraAuthorities = [];

    /// <exception cref="UnusableSetting">Cimd:ExtraCa cannot be read.</exception>
    public OutboundTls(Settings settings)
    {
        if (settings.CimdExtraCa is not { } file)
        {
            return;
        }

        try
        {
            extraAuthorities.ImportFromPemFile(file);
        }
#pragma warning disable CA1031 // whatever is wrong with the file, the operator corrects it
        catch (Exception)
#pragma warning restore CA1031
        {
            throw SettingFile.Refused("Cimd:ExtraCa", file, "a PEM file with certificates");
        }

        if (extraAuthorities.Count == 0)
        {
            throw SettingFile.Refused("Cimd:ExtraCa", file, "a PEM file with certificates");
        }
    }

    public SslClientAuthenticationOptions Options() => new()
    {
        // A second handshake would bring other certificates, after those of the first one were accepted.
        AllowRenegotiation = false,
        RemoteCertificateValidationCallback = extraAuthorities.Count == 0 ? null : IsTrusted,
        CertificateChainPolicy = OfOwnCertificatesOnly(new X509ChainPolicy()),
    };

    /// <summary>
    /// A certificate may name URLs of its issuer (RFC 5280 §4.2.2.1), which the system would download from any address while it validates
    /// the certificate of a host that a stranger chose. A host has to send its intermediate certificates itself.
    /// </summary>
    private static X509ChainPolicy OfOwnCertificatesOnly(X509ChainPolicy policy)
    {
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        return policy;
    }

    /// <summary>Accepts what the system trusts, and chains to the operator's authorities. A wrong host name is never accepted.</summary>
    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf || chain is null)
        {
            return errors == SslPolicyErrors.None;
        }

        using var own = new X509Chain();
        own.ChainPolicy.ApplicationPolicy.Add(new(ServerAuthentication));
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(extraAuthorities);
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        OfOwnCertificatesOnly(own.ChainPolicy);
        return own.Build(leaf);
    }
}
