namespace Sento.Tests.Isolation;

/// <summary>Choices that follow from a seed alone.</summary>
public sealed class Dice(int seed)
{
    private readonly Random _random = new(seed);

    public int Below(int count) => _random.Next(count);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => _random.Next(times) == 0;

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    /// <summary>One of the choices, by weight.</summary>
    public T Weighted<T>(params ReadOnlySpan<(int Weight, T Choice)> choices)
    {
        var total = 0;
        foreach (var (weight, _) in choices)
            total += weight;
        var roll = _random.Next(total);
        foreach (var (weight, choice) in choices)
        {
            if (roll < weight)
                return choice;
            roll -= weight;
        }
        throw new InvalidOperationException("The weights changed while choosing.");
    }
}
