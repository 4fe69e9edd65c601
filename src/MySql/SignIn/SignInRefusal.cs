namespace Sento.MySql.SignIn;

/// <summary>What a client is told of its failed sign-in.</summary>
internal enum SignInRefusal
{
    /// <summary>The user or the password is wrong, and nobody says which.</summary>
    Denied,

    /// <summary>The token came, or was to come, without TLS.</summary>
    TokenNeedsTls,

    /// <summary>The token's principal has had its share of this second.</summary>
    TokensTooMany,

    /// <summary>The client can't be asked for another proof than the one that it began with.</summary>
    OldClient,
}
