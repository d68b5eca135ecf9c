import type { FileHandle } from 'node:fs/promises';
import { ParquetWriter } from 'hyparquet-writer';
import type { OpenFile } from '../workspace/workspace.ts';
import { addLine, GAPS_SCHEMA, type GapsRow, readGapsRow } from './gaps-table.ts';
import { HandleWriter } from './parquet-output.ts';
import { sealFile, UNSEALED } from './seal.ts';
import { CONTENTS_KEY, type ParquetContents } from './sealed-metadata.ts';

/** A file of gaps that is written recording by recording. */
export class GapsOutput {
  readonly #handle: FileHandle;
  readonly #writer: ParquetWriter;
  /** Of all lines so far. */
  checksum = 0;

  static async create(file: string, openFile: OpenFile): Promise<GapsOutput> {
    return new GapsOutput(await openFile(file, 'wx+'));
  }

  private constructor(handle: FileHandle) {
    this.#handle = handle;
    this.#writer = new ParquetWriter({
      writer: new HandleWriter(handle),
      schema: GAPS_SCHEMA,
      codec: 'SNAPPY',
      createdBy: 'tickpipe',
    });
  }

  /** @param lines of its meta file, whole JSON objects */
  async add(file: string, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const rows = lines.map((line) => readGapsRow(file, line));
    for (const row of rows) this.checksum = addLine(this.checksum, row);
    await this.#writer.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
  }

  /** Has all of it reach the disk. @param contents of the rows that it stands beside */
  async finish(contents: ParquetContents): Promise<void> {
    this.#writer.kvMetadata = [{ key: CONTENTS_KEY, value: JSON.stringify(contents) }, UNSEALED];
    await this.#writer.finish();
    await sealFile(this.#handle);
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function columnsOf(rows: readonly GapsRow[]): Parameters<ParquetWriter['write']>[0]['columnData'] {
  const wide = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
  return [
    { name: 'file', data: rows.map(({ file }) => file), encoding: 'RLE_DICTIONARY' },
    { name: 'type', data: rows.map(({ type }) => type), encoding: 'RLE_DICTIONARY' },
    { name: 'begins', data: rows.map(({ begins }) => wide(begins)) },
    { name: 'ends', data: rows.map(({ ends }) => wide(ends)) },
    { name: 'reason', data: rows.map(({ reason }) => reason) },
    { name: 'rows', data: rows.map((row) => wide(row.rows)) },
    { name: 'symbols', data: rows.map(({ symbols }) => symbols && [...symbols]) },
    { name: 'line', data: rows.map(({ line }) => line) },
  ];
}
