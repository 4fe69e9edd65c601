namespace Sento.Tests.Support.Processes;

/// <summary>
/// A program that answers each line that it is told with one line, in their order: it is started once, at
/// the first question, and not again for each.
/// </summary>
/// <param name="isAnswer">Which of its lines are answers, since libraries talk too.</param>
public sealed class AskedProgram(Recipe recipe, Predicate<string> isAnswer) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private GuardedProcess? _process;

    /// <exception cref="InvalidOperationException">It ended; the next question starts it again.</exception>
    /// <exception cref="TimeoutException">It took longer; it has been ended.</exception>
    public async Task<string> Ask(string question, TimeSpan deadline)
    {
        await _turn.WaitAsync();
        try
        {
            _process ??= await GuardedProcess.Start(recipe with { IsSpokenTo = true });
            return await Ask(_process, question, deadline);
        }
        catch
        {
            // Whatever it is in the middle of is no answer to another question.
            await StopAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _turn.Dispose();
    }

    private async Task<string> Ask(GuardedProcess process, string question, TimeSpan deadline)
    {
        var answer = process.Output.Next(isAnswer);
        await process.Say(question);
        var end = process.WaitForEnd(deadline);
        await Task.WhenAny(answer, end);
        if (answer.IsCompleted)
            return await answer;
        var said = $"{process.Output.Text}\n{process.Errors.Text}";
        try
        {
            throw new InvalidOperationException($"{recipe.Program} ended with code {await end}.\n{said}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{recipe.Program} took longer than {deadline}.\n{said}");
        }
    }

    private async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        await process.DisposeAsync();
    }
}
