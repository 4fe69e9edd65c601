namespace Sento.Load.Contenders;

/// <summary>How clients sign in, everywhere. The password is made up for one run of the bench.</summary>
internal sealed record Credentials(string User, string Password, string Database);
