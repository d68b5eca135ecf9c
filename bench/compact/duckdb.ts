/*
 * What `tickpipe compact` does, done by DuckDB on one thread, in a process of its own: reads a recording of symbol rows, sorts them
 * by symbol and time, and writes the same columns to Parquet with the same compression. Arguments: recording, output. Prints the
 * processor time and the wall time of the query in milliseconds, without the start of Node.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { COLUMNS } from '../../src/lib/market/columns.ts';
import { GROUP_ROWS } from '../../src/lib/recording/compact/parquet/parquet-output.ts';

const [recording, output] = process.argv.slice(2);

/** By where a column's value comes from: its type in a recorded row, and the same value as `compact` declares it. */
const TEXT = { type: 'VARCHAR', value: (name: string) => name };
const DOUBLE = { type: 'DOUBLE', value: (name: string) => name };
const FORMS = {
  type: TEXT,
  symbol: TEXT,
  price: DOUBLE,
  change: DOUBLE,
  changePercent: DOUBLE,
  spread: DOUBLE,
  imbalance: DOUBLE,
  integer: { type: 'BIGINT', value: (name: string) => name },
  seconds: { type: 'BIGINT', value: (name: string) => `to_timestamp(${name})` },
  receivedAt: { type: 'BIGINT', value: (name: string) => `epoch_ms(${name})::TIMESTAMPTZ` },
} as const;

const read = COLUMNS.symbol.map(({ name, from }) => `${name}: '${FORMS[from].type}'`);
const values = COLUMNS.symbol.map(({ name, from }) => `${FORMS[from].value(name)} AS ${name}`);
const rows = `read_json('${recording}', format = 'newline_delimited', columns = {${read.join(', ')}, simulated: 'BOOLEAN'})`;
const selected = `SELECT ${values.join(', ')}, coalesce(simulated, false) AS simulated, row_number() OVER () - 1 AS sequence FROM ${rows}`;
const sorted = `SELECT * FROM (${selected}) ORDER BY symbol, received_at, sequence`;
const query = `COPY (${sorted}) TO '${output}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${GROUP_ROWS})`;

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
await connection.run(`SET TimeZone = 'UTC'`);
const before = process.cpuUsage();
const begun = performance.now();
await connection.run(query);
const ms = performance.now() - begun;
const { user, system } = process.cpuUsage(before);
connection.closeSync();
instance.closeSync();
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, ms }));
