using System.Text;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>A ParameterStatus: the value in the encoding that the server has been asked for.</summary>
public sealed record ServerParameter(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>As UTF-8; bytes that are none are replaced.</summary>
    public string Text => Encoding.UTF8.GetString(Value.Span);
}

/// <summary>Why we could not sign in to a server.</summary>
/// <param name="SqlState">The server's; ours where it sent none.</param>
/// <param name="Message">The server's own words, or what it did wrong.</param>
/// <param name="Fields">The server's ErrorResponse; null: the reason is ours.</param>
public sealed record ServerSignInError(string SqlState, string Message, ErrorFields? Fields);
