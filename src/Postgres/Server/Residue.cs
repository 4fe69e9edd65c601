namespace Sento.Postgres.Server;

/// <summary>What earlier clients may have left on a server connection unseen.</summary>
[Flags]
internal enum Residue
{
    None = 0,

    /// <summary>Hidden code may have run: settings, locks, temporary objects, cursors are possible.</summary>
    HiddenCode = 1,

    /// <summary>The role or session authorization was touched.</summary>
    Identity = 2,

    /// <summary>Locks, cursors, temporary objects or channels were touched by text we saw.</summary>
    Objects = 4,

    /// <summary>
    /// Something that only a new connection is free of: loaded libraries, a random seed, temporary
    /// slots.
    /// </summary>
    Unremovable = 8,
}
