namespace Sento.Postgres.Pinning;

/// <summary>
/// Walks the tokens of a text, statement by statement. Whatever token is passed is watched for effects that
/// can stand anywhere (calls of functions, temporary schemas); the grammars read what depends on a
/// statement's first word.
/// </summary>
internal ref struct StatementReader
{
    private Lexer _lexer;
    private Token _token;
    private Word _word;
    private Word _previous;
    private Word _beforePrevious;

    // A function's name was passed: it is a call if a parenthesis follows.
    private Word _callee;

    // A point was passed after an expression: (x).f calls f(x).
    private bool _isAfterExpression;
    private bool _isAttribute;
    private bool _isAfterOpening;
    private int _depth;
    private int _atomicDepth;
    private int _statementStart;
    private int _statementEnd;
    private bool _namesSettingsView;
    private bool _updates;
    private bool _isDefinition;

    public TraitsBuilder Found;

    public StatementReader(ReadOnlySpan<byte> text, bool standardConformingStrings)
    {
        _lexer = new Lexer(text, standardConformingStrings);
        _token = _lexer.Next();
    }

    public readonly ReadOnlySpan<byte> Text => _lexer.Text;

    public readonly Token Token => _token;

    /// <summary>The current token's word, if it is one that the scanner knows.</summary>
    public readonly Word Word => _word;

    /// <summary>Open parentheses before the current token.</summary>
    public readonly int Depth => _depth;

    /// <summary>
    /// Semicolons between parentheses belong to CREATE RULE … DO (a; b), those of BEGIN ATOMIC … END to a
    /// function.
    /// </summary>
    public readonly bool IsAtEnd =>
        _token.Kind == TokenKind.End || _token.Symbol == ';' && _depth == 0 && _atomicDepth == 0;

    public readonly bool IsName => _token.IsName && !IsAtEnd;

    /// <summary>Moves to the first token of the next statement.</summary>
    /// <returns>False: the text is over.</returns>
    public bool StartStatement()
    {
        while (_token.Symbol == ';')
            _token = _lexer.Next();
        if (_token.Kind == TokenKind.End)
            return false;
        _statementStart = _token.Start;
        _previous = _beforePrevious = _callee = Word.None;
        _depth = _atomicDepth = 0;
        _namesSettingsView = _updates = _isDefinition = false;
        _isAfterExpression = _isAttribute = _isAfterOpening = false;
        Found.StartStatement();
        Observe();
        return true;
    }

    /// <summary>Moves to the next token of the statement; stays at its end.</summary>
    public void Advance()
    {
        if (IsAtEnd)
            return;
        _statementEnd = _token.End;
        _beforePrevious = _previous;
        _previous = _word;
        _isAttribute = _isAfterExpression && _token.Is('.');
        _isAfterOpening = _token.Is('(');
        _isAfterExpression = _token.Is(')') || _token.Is(']') || _token.Kind == TokenKind.Parameter;
        if (_token.Symbol != 0)
            PassSymbol();
        _token = _lexer.Next();
        Observe();
    }

    /// <summary>Passes a word if it is the current one.</summary>
    public bool Accept(Word word)
    {
        if (_word != word || IsAtEnd)
            return false;
        Advance();
        return true;
    }

    /// <summary>The token after the current one.</summary>
    public readonly Token Peek(out Word word)
    {
        var ahead = _lexer;
        var token = ahead.Next();
        word = token.Kind == TokenKind.Word ? Words.Of(token.Of(Text)) : Word.None;
        return token;
    }

    /// <summary>
    /// The statement creates or alters an object: watch for kinds of objects that bring code.
    /// </summary>
    public void WatchDefinition() => _isDefinition = true;

    public void EndStatement()
    {
        while (!IsAtEnd)
            Advance();
        if (_updates && _namesSettingsView)
            Found.Add(StatementEffects.SettingsUnknown);
        if (_depth > 0 || _atomicDepth > 0)
            Found.Add(StatementEffects.Opaque);
        Found.EndStatement(new TextRange(_statementStart, _statementEnd));
    }

    public StatementTraits Finish()
    {
        if (_lexer.IsBroken || _lexer.IsAmbiguous)
            Found.Add(StatementEffects.Opaque);
        return Found.Build();
    }

    private void PassSymbol()
    {
        if (_token.Is('('))
            _depth++;
        else if (_token.Is(')') && _depth > 0)
            _depth--;
        else if (_token.Is(';') && !_isDefinition)
            Found.Add(StatementEffects.Opaque);
    }

    private void Observe()
    {
        var callee = _callee;
        _callee = _word = Word.None;
        switch (_token.Kind)
        {
            case TokenKind.Word:
                _word = Words.Of(_token.Of(Text));
                if (_word != Word.None)
                    ObserveWord();
                break;
            case TokenKind.QuotedName:
                ObserveName(Words.OfQuoted(Text[(_token.Start + 1)..(_token.End - 1)]));
                break;
            case TokenKind.EscapedName:
                Found.Add(StatementEffects.Opaque);
                break;
            case TokenKind.Symbol when callee != Word.None && _token.Is('('):
                ObserveCall(callee);
                break;
        }
    }

    private void ObserveWord()
    {
        ObserveName(_word);
        if (_word is Word.Temp or Word.Temporary && IsAskedForAsTemporary())
            Found.Add(StatementEffects.TempObject);
        else if (_word == Word.Update)
            _updates = true;
        else if (_word is Word.Insert or Word.Merge && _isAfterOpening)
            // WITH x AS (INSERT …): its tag does not tell.
            Found.Add(StatementEffects.SequenceChange);
        if (_isDefinition)
            ObserveDefinition();
    }

    private void ObserveName(Word name)
    {
        _callee = Words.IsFunction(name) ? name : Word.None;
        if (_isAttribute)
            Found.Add(Words.EffectsOfCall(name));
        if (name == Word.PgTemp)
            Found.Add(StatementEffects.TempObject);
        else if (name == Word.PgSettings)
            _namesSettingsView = true;
    }

    private void ObserveCall(Word function)
    {
        Found.Add(Words.EffectsOfCall(function));
        if (function == Word.SetConfig)
            CallGrammar.ReadSetConfig(_lexer, ref Found);
        else if (function == Word.SetLimit)
            SettingNames.Add("pg_trgm.similarity_threshold", StatementEffects.Settings, ref Found);
        else if (function == Word.PgNotify)
            CallGrammar.ReadNotify(_lexer, ref Found);
    }

    /// <summary>
    /// CREATE [OR REPLACE] [LOCAL] TEMP, SELECT … INTO [LOCAL] TEMP; but a table may be called temp too.
    /// </summary>
    private readonly bool IsAskedForAsTemporary() => _previous switch
    {
        Word.Create or Word.Replace => true,
        Word.Local or Word.Global => _beforePrevious is Word.Create or Word.Replace or Word.Into,
        Word.Into => _beforePrevious is not (Word.Insert or Word.Merge),
        _ => false,
    };

    private void ObserveDefinition()
    {
        switch (_word)
        {
            case Word.Extension:
                // Its script may do anything.
                Found.Add(StatementEffects.ChangesCode | StatementEffects.Opaque);
                break;
            case Word.Aggregate or Word.Cast or Word.Check or Word.Conversion or Word.Default or Word.Domain
                or Word.Function or Word.Generated or Word.Language or Word.Operator or Word.Policy
                or Word.Procedure or Word.Routine or Word.Rule or Word.Security or Word.Transform
                or Word.Trigger or Word.View:
                Found.Add(StatementEffects.ChangesCode);
                break;
            case Word.Atomic when _previous == Word.Begin && _depth == 0 && _atomicDepth == 0:
                // A column may be called "end" or "case", so where such a body ends is a guess: hence opaque.
                Found.Add(StatementEffects.ChangesCode | StatementEffects.Opaque);
                _atomicDepth = 1;
                break;
            case Word.Case when _atomicDepth > 0:
                _atomicDepth++;
                break;
            case Word.End when _atomicDepth > 0:
                _atomicDepth--;
                break;
        }
    }
}
