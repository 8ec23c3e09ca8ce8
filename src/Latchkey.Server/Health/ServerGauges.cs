using System.Diagnostics.Metrics;
using Latchkey.Server.Keys;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Health;

/// <summary>
/// The metrics that are observed when they are collected: queue, age of the signing keys, expiry of the certificate, offset of the clock.
/// </summary>
internal sealed class ServerGauges : IDisposable
{
    private readonly Meter meter = new(Instruments.MeterName);
    private readonly KeyRing keys;
    private readonly ServerCertificate certificate;
    private readonly StorageHealthCheck storage;
    private readonly TimeProvider clock;

    public ServerGauges(
        SignInRecorder signIns, KeyRing keys, ServerCertificate certificate, StorageHealthCheck storage, TimeProvider clock)
    {
        (this.keys, this.certificate, this.storage, this.clock) = (keys, certificate, storage, clock);
        meter.CreateObservableGauge(
            "latchkey.sign_in_log.queue", () => signIns.Waiting, "{event}", "Events that wait to be written to the sign-in log");
        meter.CreateObservableGauge("latchkey.key.age", KeyAges, "s", "Time since the current signing key is used");
        meter.CreateObservableGauge(
            "latchkey.certificate.expiry", CertificateExpiry, "s", "Time until the TLS certificate expires, negative afterwards");
        meter.CreateObservableGauge(
            "latchkey.clock.offset", ClockOffset, "s", "How far the clock of this node is ahead of that of the database");
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<double>> KeyAges() =>
        from key in keys.SigningKeys
        where key.IsCurrent
        select new Measurement<double>(
            (clock.GetUtcNow() - key.Since).TotalSeconds,
            new KeyValuePair<string, object?>(Instruments.Algorithm, key.Algorithm.ToString()));

    private IEnumerable<Measurement<double>> ClockOffset() =>
        storage.LatestClockOffset() is { } offset ? [new(offset.TotalSeconds)] : [];

    private IEnumerable<Measurement<double>> CertificateExpiry() =>
        certificate.ExpiresAt is { } expiresAt ? [new((expiresAt - clock.GetUtcNow()).TotalSeconds)] : [];
}
