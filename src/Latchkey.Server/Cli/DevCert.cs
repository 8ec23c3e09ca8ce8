using Latchkey.Server.Network;

namespace Latchkey.Server.Cli;

/// <summary><c>latchkey dev-cert</c>: creates the development certificate unless it exists,
/// and prints how to trust its authority.</summary>
internal static class DevCert
{
    public static async Task RunAsync(Settings settings)
    {
        var certificate = DevCertificate.FindOrCreate(settings.DataDirectory, TimeProvider.System.GetUtcNow());
        await Console.Out.WriteLineAsync(Instructions(certificate, new Uri(settings.BaseUrl).Port));
    }

    private static string Instructions(DevCertificate certificate, int port) =>
        $"""
        The certificate for localhost, 127.0.0.1 and ::1 is ready. The server uses it when the base URL is https on loopback:

          Latchkey__BaseUrl=https://localhost:{port} latchkey serve

        certificate  {certificate.CertificateFile}
        key          {certificate.KeyFile}
        authority    {certificate.AuthorityFile}

        Trust the authority in the programs that connect. It can only sign certificates for loopback addresses.

          curl              curl --cacert {certificate.AuthorityFile} https://localhost:{port}/healthz
          Node              NODE_EXTRA_CA_CERTS={certificate.AuthorityFile}
          Python            SSL_CERT_FILE={certificate.AuthorityFile}
                            (requests: REQUESTS_CA_BUNDLE, gRPC: GRPC_DEFAULT_SSL_ROOTS_FILE_PATH)
          Go                SSL_CERT_FILE={certificate.AuthorityFile}
          Java              keytool -importcert -noprompt -alias latchkey-dev -file {certificate.AuthorityFile} \
                              -keystore truststore.p12 -storetype PKCS12 -storepass changeit
                            java -Djavax.net.ssl.trustStore=truststore.p12 -Djavax.net.ssl.trustStorePassword=changeit …
          .NET on Linux     SSL_CERT_FILE={certificate.AuthorityFile}

          Chrome, Linux     certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n latchkey-dev -i {certificate.AuthorityFile}
                            (package libnss3-tools)
          Firefox           Settings, Privacy & Security, View Certificates, Authorities, Import
          Debian, Ubuntu    sudo cp {certificate.AuthorityFile} /usr/local/share/ca-certificates/latchkey-dev.crt \
                              && sudo update-ca-certificates
          macOS             sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {certificate.AuthorityFile}
          Windows           certutil -user -addstore Root {certificate.AuthorityFile}
        """;
}
