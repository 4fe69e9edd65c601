using System.Collections.Immutable;

namespace Sento.Postgres.Pinning;

/// <summary>Collects what one text does; costs no memory until there is a name to keep.</summary>
internal struct TraitsBuilder
{
    private StatementEffects _effects;
    private List<string>? _settingNames;
    private List<PreparedNameUse>? _preparedNames;
    private List<ChannelUse>? _channels;
    private int _statementCount;

    // Where the statement's own uses begin in the lists, and where its PREPARE's body begins in the text.
    private int _firstPrepared;
    private int _firstChannel;

    public void Add(StatementEffects effects) => _effects |= effects;

    public void AddSettingName(string name) => AddBounded(ref _settingNames, name);

    public void AddPreparedName(PreparedNameUse use) => AddBounded(ref _preparedNames, use);

    public void AddChannel(ChannelUse use) => AddBounded(ref _channels, use);

    public void StartStatement()
    {
        _statementCount++;
        _firstPrepared = _preparedNames?.Count ?? 0;
        _firstChannel = _channels?.Count ?? 0;
    }

    /// <summary>Tells the uses found since the start in which statement they stand.</summary>
    public readonly void EndStatement(TextRange statement)
    {
        for (var index = _firstPrepared; index < _preparedNames?.Count; index++)
        {
            var use = _preparedNames[index];
            var body = use.Body.Start == 0 ? default : use.Body with { End = statement.End };
            _preparedNames[index] = use with { Statement = statement, Body = body };
        }
        for (var index = _firstChannel; index < _channels?.Count; index++)
            _channels[index] = _channels[index] with { Statement = statement };
    }

    public readonly StatementTraits Build()
    {
        var effects = _statementCount > 1 ? _effects | StatementEffects.Multiple : _effects;
        if (_settingNames is null && _preparedNames is null && _channels is null)
            return StatementTraits.Of(effects, _statementCount);
        return StatementTraits.Of(
            effects,
            _statementCount,
            _settingNames is null ? [] : [.. _settingNames],
            _preparedNames is null ? [] : [.. _preparedNames],
            _channels is null ? [] : [.. _channels]);
    }

    private void AddBounded<T>(ref List<T>? list, T item)
    {
        list ??= [];
        if (list.Count < StatementTraits.NamesMax)
            list.Add(item);
        else
            _effects |= StatementEffects.Opaque;
    }
}
