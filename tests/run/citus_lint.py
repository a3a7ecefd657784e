"""Could the tables be spread over machines with Citus (which is not packaged)?  The catalog of a real database and the statements in
the source are held against what its documentation asks for:

* unique constraints and primary keys of a distributed table contain its distribution column
  (https://docs.citusdata.com/en/stable/reference/common_errors.html, "cannot create constraint on …");
* no foreign keys unless between tables with the same distribution column, no triggers, no sequences and identities (which are
  limited to 16 bits of a machine's own, …/develop/reference_ddl.html), no inheritance other than partitions, no exclusion constraints;
* partitions contain the partition column in the key as well (PostgreSQL itself);
* INSERT … ON CONFLICT on a distributed table names the distribution column in its target, or none with DO NOTHING; UPDATE does not
  change the distribution column (…/develop/api_udf.html, "modifying the partition value of rows is not allowed").
"""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROW = re.compile(r'TABLE\("(\w+)",((?:\s*"(?:[^"\\]|\\.)*")+),\s*"([^"]*)",\s*(NULL|"\w+"),')


def tables():
    """{table: distribution column or None}, as src/case/schema.c has it."""
    text = open(os.path.join(ROOT, "src/case/schema.c"), encoding="utf-8").read()
    return {m[0]: None if m[3] == "NULL" else m[3].strip('"') for m in ROW.findall(text)}


def lint_catalog(rows_of, spread):
    """rows_of(SQL) gives rows of texts. A list of sentences."""
    bad = []
    for table, kind, columns in rows_of(
            "SELECT c.conrelid::regclass::text, c.contype, coalesce((SELECT string_agg(a.attname, ',') FROM pg_attribute a "
            "WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)), '') FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
            "WHERE t.relnamespace = current_schema()::regnamespace AND NOT t.relispartition"):
        by = spread.get(table)
        if kind == "f":
            bad.append("%s has a foreign key (%s)" % (table, columns))
        if kind == "x":
            bad.append("%s has an exclusion constraint" % table)
        if by and kind in "pu" and by not in columns.split(","):
            bad.append("a key of %s (%s) lacks %s, by which it is spread" % (table, columns, by))
    for table, columns in rows_of(
            "SELECT i.indrelid::regclass::text, (SELECT string_agg(a.attname, ',') FROM pg_attribute a WHERE a.attrelid = i.indrelid AND "
            "a.attnum = ANY (i.indkey)) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indisunique AND NOT t.relispartition "
            "AND t.relnamespace = current_schema()::regnamespace"):
        if spread.get(table) and spread[table] not in columns.split(","):
            bad.append("a unique index of %s (%s) lacks %s" % (table, columns, spread[table]))
    for (name,) in rows_of("SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"):
        bad.append("there is a sequence, %s" % name)
    for table, name in rows_of("SELECT tgrelid::regclass::text, tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT "
                               "tgisinternal AND c.relnamespace = current_schema()::regnamespace"):
        bad.append("%s has a trigger, %s" % (table, name))
    for table, name in rows_of(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE attnum > 0 AND "
            "c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped AND (attidentity <> '' OR attgenerated <> '')"):
        bad.append("%s.%s is made by the server" % (table, name))
    for (table,) in rows_of("SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind IN "
                            "('r', 'p') AND NOT c.relispartition"):
        bad.append("%s inherits from another table" % table)
    there = {t for (t,) in rows_of("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND "
                                   "relnamespace = current_schema()::regnamespace")}
    bad += ["%s is in schema.c, and not in the database" % t for t in sorted(set(spread) - there)]
    bad += ["%s is in the database, and not in schema.c's list" % t for t in sorted(there - set(spread))]
    for table, by in spread.items():
        if by and not rows_of("SELECT 1 FROM information_schema.columns WHERE table_name = '%s' AND column_name = '%s' AND is_nullable = 'NO'"
                              % (table, by)):
            bad.append("%s.%s, by which it is spread, may be NULL or is not there" % (table, by))
    return bad


def statements():
    """(file, SQL) of each literal in the source that writes."""
    for folder, _, files in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(files):
            if not name.endswith(".c"):
                continue
            text = open(os.path.join(folder, name), encoding="utf-8").read()
            for run in re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', text):
                sql = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', run))
                if re.match(r"(INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE) ", sql):
                    yield name, sql


def lint_statement(sql, spread):
    m = re.match(r"INSERT INTO (\w+) .*?ON CONFLICT(?: \(([^)]*)\))? DO (NOTHING|UPDATE)", sql, re.S)
    if m and spread.get(m[1]):
        target = [c.strip() for c in (m[2] or "").split(",")]
        if m[3] == "UPDATE" and spread[m[1]] not in target:
            return "an upsert of %s whose conflict target lacks %s" % (m[1], spread[m[1]])
        if m[2] and spread[m[1]] not in target:
            return "a conflict target of %s that lacks %s" % (m[1], spread[m[1]])
    m = re.match(r"UPDATE (\w+) SET (.*?)(?: WHERE |$)", sql, re.S)
    if m and spread.get(m[1]) and re.search(r"(^|,)\s*%s\s*=" % spread[m[1]], m[2]):
        return "%s.%s is changed, by which it is spread" % (m[1], spread[m[1]])
    return None


# What Citus would refuse today, as docs/CASE.md says; each has to be there, so that none outlives its reason.
KNOWN = {("resign.c", "UPDATE event SET sig = ?3 WHERE at = ?1 AND dig = ?2")}  # events whose signatures are made anew


def lint_source(spread):
    bad = {(name, sql): why for name, sql in statements() for why in [lint_statement(sql, spread)] if why}
    return ["%s: %s: %.80s" % (key[0], bad[key], key[1]) for key in bad if key not in KNOWN] + [
        "%s: no longer there, take it off the list: %s" % key for key in KNOWN if key not in bad]
