using Sento.Tests.Support.Relays;

namespace Sento.Tests.Fuzz;

/// <summary>
/// Passes bytes between the proxy and a real server, and spoils what the server says; where is left to the
/// seed.
/// </summary>
public sealed class SpoilingRelay : IAsyncDisposable
{
    private readonly PassingRelay _relay;
    private Mutator? _mutator;

    public SpoilingRelay(int serverPort) => _relay = new PassingRelay(serverPort, newChange: NewChange);

    public int Port => _relay.Port;

    /// <summary>Changes made so far.</summary>
    public int SpoiltCount { get; private set; }

    public void Begin(int seed) => Volatile.Write(ref _mutator, new Mutator(seed));

    /// <summary>From now on all is passed as it is.</summary>
    public void End() => Volatile.Write(ref _mutator, null);

    public ValueTask DisposeAsync() => _relay.DisposeAsync();

    private Action<Memory<byte>>? NewChange(bool fromServer)
    {
        if (!fromServer)
            return null;
        var honestReads = ReadsUntilSpoilt();
        return bytes =>
        {
            if (--honestReads < 0 && Volatile.Read(ref _mutator) is { } mutator)
                Spoil(mutator, bytes.Span);
        };
    }

    /// <summary>Few sign-ins are spoilt: a target that refuses all is left alone for a while.</summary>
    private int ReadsUntilSpoilt()
    {
        if (Volatile.Read(ref _mutator) is not { } mutator)
            return 0;
        lock (mutator)
            return mutator.Random.Next(mutator.Random.Next(8) == 0 ? 6 : 60);
    }

    private void Spoil(Mutator mutator, Span<byte> bytes)
    {
        // Copies run side by side, and a source of chance is not made for that.
        lock (mutator)
        {
            if (mutator.Random.Next(6) != 0)
                return;
            mutator.SpoilInPlace(bytes);
            SpoiltCount++;
        }
    }
}
