using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.VaultConfig>;

namespace Sento.Model;

/// <summary>Vault, property by property.</summary>
public static class VaultProperties
{
    public static readonly VaultConfig Blank = new();

    public static readonly ImmutableArray<Property<VaultConfig>> All =
    [
        Text(
            "Folder", Own, v => v.Folder, (v, text) => v with { Folder = text },
            "The vault's folder, as sento setup made it; left out: vault where Sento keeps its state "
            + "(STATE_DIRECTORY, else ~/.local/state/sento), if there is one.", type: "path"),
        Text(
            "KeyRing", Own, v => v.KeyRing, (v, text) => v with { KeyRing = text },
            "Where the keys are that the vault is sealed with; left out: the file vault-keys beside the "
            + "folder.",
            type: "source", range: "file:PATH, env:NAME or command:LINE"),
        Duration(
            "PasswordOverlap", "1s", "7d", v => v.PasswordOverlap, (v, time) =>
                v with { PasswordOverlap = time },
            "After a rotation clients may sign in with passwords that were current before for as long."),
        Duration(
            "RefreshInterval", "1s", "1d", v => v.RefreshInterval, (v, time) =>
                v with { RefreshInterval = time },
            "How often secrets of aws:, file: and env: are read again; those of the vault are known at "
            + "once."),
    ];
}
