namespace Sento.Transport.IoUring;

/// <summary>
/// What came for one socket while nobody wanted it: a receive that is called back may have completed already.
/// </summary>
internal sealed class Withheld
{
    private HeldBytes _bytes;

    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    public bool HasEnded { get; set; }

    public void Append(ReadOnlySpan<byte> bytes) => _bytes.Append(bytes);

    public void ReleaseBytes() => _bytes.Release();
}
