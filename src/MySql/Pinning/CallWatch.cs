using System.Collections.Frozen;

namespace Sento.MySql.Pinning;

/// <summary>
/// Notices calls of functions that are not the server's own: what a stored function does, its caller's text
/// does not tell. Sees one token after the other.
/// </summary>
internal ref struct CallWatch
{
    private const int NameBytesMax = 40;

    private ReadOnlySpan<byte> _name;
    private int _end;
    private bool _isForeign;
    private bool _isBehindDot;

    /// <summary>A function was called that may be anybody's.</summary>
    public bool HasFound { get; private set; }

    public void See(in Lexer lexer)
    {
        if (lexer.Kind == TokenKind.Symbol)
        {
            if (lexer.Symbol == (byte)'(' && !_name.IsEmpty)
                HasFound |= _isForeign || !IsOwn(_name, isAdjacent: lexer.Start == _end);
            _isBehindDot = lexer.Symbol == (byte)'.';
            _name = default;
            return;
        }
        // A name in quotes, or one that says whose it is, is never the server's own.
        _isForeign = _isBehindDot || lexer.Kind == TokenKind.QuotedName;
        _name = lexer.Kind is TokenKind.Word or TokenKind.QuotedName ? lexer.Word : default;
        _end = lexer.End;
        _isBehindDot = false;
    }

    /// <param name="isAdjacent">Between the name and its parenthesis is nothing.</param>
    private static bool IsOwn(ReadOnlySpan<byte> name, bool isAdjacent)
    {
        if (name.Length > NameBytesMax)
            return false;
        Span<char> upper = stackalloc char[name.Length];
        for (var i = 0; i < name.Length; i++)
            upper[i] = char.ToUpperInvariant((char)name[i]);
        return Words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(upper)
            || (isAdjacent && Functions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(upper));
    }

    /// <summary>
    /// What may stand before a parenthesis without being called, types with a length among it.
    /// </summary>
    private static readonly FrozenSet<string> Words = Set(
        "ALL AND ANY AS BETWEEN BINARY BY CASE CHAR CHARACTER COLLATE CROSS DATETIME DEC DECIMAL"
        + " DISTINCT DIV DOUBLE DUPLICATE ELSE EXCEPT EXISTS FLOAT FROM HAVING IN INDEX INNER INTERSECT"
        + " INTERVAL INTO IS JOIN KEY LATERAL LEFT LIKE LIMIT MINUS MOD NATURAL NCHAR NOT NUMERIC OFFSET"
        + " ON OR OVER PARTITION REGEXP REPLACE RIGHT RLIKE ROW ROWS SELECT SIGNED SOME SOUNDS"
        + " STRAIGHT_JOIN TABLE THEN TIME TIMESTAMP UNION UNSIGNED UPDATE USING VALUE VALUES VARBINARY"
        + " VARCHAR VECTOR WHEN WHERE WINDOW WITH XOR YEAR");

    /// <summary>The functions of MySQL 9 and MariaDB 11; one that is missing here costs a pin.</summary>
    private static readonly FrozenSet<string> Functions = Set(
        "ABS ACOS ADDDATE ADDTIME AES_DECRYPT AES_ENCRYPT ANY_VALUE ASCII ASIN ATAN ATAN2 AVG"
        + " BENCHMARK BIN BIN_TO_UUID BIT_AND BIT_COUNT BIT_LENGTH BIT_OR BIT_XOR CAST CEIL CEILING"
        + " CHARACTER_LENGTH CHARSET CHAR_LENGTH CHR COALESCE COERCIBILITY COLLATION COMPRESS CONCAT"
        + " CONCAT_WS CONNECTION_ID CONV CONVERT CONVERT_TZ COS COT COUNT CRC32 CRC32C CUME_DIST CURDATE"
        + " CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURTIME DATABASE DATE"
        + " DATEDIFF DATE_ADD DATE_FORMAT DATE_SUB DAY DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR DECODE"
        + " DECODE_ORACLE DEFAULT DEGREES DENSE_RANK ELT ENCODE ENCRYPT EXP EXPORT_SET EXTRACT"
        + " EXTRACTVALUE FIELD FIND_IN_SET FIRST_VALUE FLOOR FORMAT FORMAT_BYTES FORMAT_PICO_TIME"
        + " FOUND_ROWS FROM_BASE64 FROM_DAYS FROM_UNIXTIME GEOMETRYCOLLECTION GET_FORMAT GET_LOCK"
        + " GREATEST GROUPING GROUP_CONCAT HEX HOUR IF IFNULL INET6_ATON INET6_NTOA INET_ATON INET_NTOA"
        + " INSERT INSTR IS_FREE_LOCK IS_IPV4 IS_IPV4_COMPAT IS_IPV4_MAPPED IS_IPV6 IS_USED_LOCK IS_UUID"
        + " JSON_ARRAY JSON_ARRAYAGG JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_ARRAY_INTERSECT"
        + " JSON_COMPACT JSON_CONTAINS JSON_CONTAINS_PATH JSON_DEPTH JSON_DETAILED JSON_EQUALS"
        + " JSON_EXISTS JSON_EXTRACT JSON_INSERT JSON_KEYS JSON_KEY_VALUE JSON_LENGTH JSON_LOOSE"
        + " JSON_MERGE JSON_MERGE_PATCH JSON_MERGE_PRESERVE JSON_NORMALIZE JSON_OBJECT JSON_OBJECTAGG"
        + " JSON_OBJECT_TO_ARRAY JSON_OVERLAPS JSON_PRETTY JSON_QUERY JSON_QUOTE JSON_REMOVE"
        + " JSON_REPLACE JSON_SCHEMA_VALID JSON_SCHEMA_VALIDATION_REPORT JSON_SEARCH JSON_SET"
        + " JSON_STORAGE_FREE JSON_STORAGE_SIZE JSON_TABLE JSON_TYPE JSON_UNQUOTE JSON_VALID JSON_VALUE"
        + " KDF LAG LASTVAL LAST_DAY LAST_INSERT_ID LAST_VALUE LCASE LEAD LEAST LENGTH LENGTHB"
        + " LINESTRING LN LOAD_FILE LOCALTIME LOCALTIMESTAMP LOCATE LOG LOG10 LOG2 LOWER LPAD LTRIM"
        + " MAKEDATE MAKETIME MAKE_SET MASTER_GTID_WAIT MAX MBRCONTAINS MD5 MEDIAN MEMBER MICROSECOND"
        + " MID MIN MINUTE MONTH MONTHNAME MULTILINESTRING MULTIPOINT MULTIPOLYGON NAME_CONST"
        + " NATURAL_SORT_KEY NEXTVAL NOW NTH_VALUE NTILE NULLIF NVL NVL2 OCT OCTET_LENGTH OLD_PASSWORD"
        + " ORD PASSWORD PERCENTILE_CONT PERCENTILE_DISC PERCENT_RANK PERIOD_ADD PERIOD_DIFF PI POINT"
        + " POLYGON POSITION POW POWER PS_CURRENT_THREAD_ID PS_THREAD_ID QUARTER QUOTE RADIANS RAND"
        + " RANDOM_BYTES RANK REGEXP_INSTR REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR RELEASE_ALL_LOCKS"
        + " RELEASE_LOCK REPEAT REVERSE ROLES_GRAPHML ROUND ROW_COUNT ROW_NUMBER RPAD RTRIM SCHEMA"
        + " SECOND SEC_TO_TIME SESSION_USER SETVAL SFORMAT SHA SHA1 SHA2 SIGN SIN SLEEP SOUNDEX SPACE"
        + " SQRT STATEMENT_DIGEST STATEMENT_DIGEST_TEXT STD STDDEV STDDEV_POP STDDEV_SAMP STRCMP"
        + " STR_TO_DATE ST_ASTEXT ST_DISTANCE ST_DISTANCE_SPHERE ST_GEOMFROMTEXT ST_X ST_Y SUBDATE"
        + " SUBSTR SUBSTRING SUBSTRING_INDEX SUBTIME SUM SYSDATE SYSTEM_USER SYS_GUID TAN TIMEDIFF"
        + " TIMESTAMPADD TIMESTAMPDIFF TIME_FORMAT TIME_TO_SEC TO_BASE64 TO_CHAR TO_DAYS TO_SECONDS TRIM"
        + " TRUNCATE UCASE UNCOMPRESS UNCOMPRESSED_LENGTH UNHEX UNIX_TIMESTAMP UPDATEXML UPPER USER"
        + " UTC_DATE UTC_TIME UTC_TIMESTAMP UUID UUID_SHORT UUID_TO_BIN VALIDATE_PASSWORD_STRENGTH"
        + " VARIANCE VAR_POP VAR_SAMP VERSION WEEK WEEKDAY WEEKOFYEAR WEIGHT_STRING YEARWEEK");

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet();
}
