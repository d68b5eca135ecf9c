import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type Answer = Readonly<Record<string, unknown>>;

/** Asks DuckDB, and closes it. */
export async function withDuck<T>(use: (ask: (sql: string) => Promise<Answer[]>) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection: DuckDBConnection = await instance.connect();
  try {
    return await use(async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** One question. */
export function askDuck(sql: string): Promise<Answer[]> {
  return withDuck((ask) => ask(sql));
}

/** The data set of a kind, as people are told to open it. */
export function dataSet(out: string, kind: string): string {
  return `read_parquet('${out}/kind=${kind}/**/*.parquet', hive_partitioning=true)`;
}
