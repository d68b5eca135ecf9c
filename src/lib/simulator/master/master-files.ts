import { SOURCE_FILES } from '../../symbols/master/source-files.ts';
import { MASTER_FILES, type MasterFileName } from '../../symbols/master/symbol-master.ts';
import { type FileFacts, writeCsvRow } from './csv-row.ts';
import { writeJsonEntry } from './json-row.ts';
import { type MasterRow, sessionColumn } from './master-row.ts';

const INDEX_TABLE_FILE = 'index_hsm_mapping.json';
const JSON_SUFFIX = '_sym_master.json';
const CHUNK_CHARACTERS = 65_536;

/** What the files are made from. */
export interface MasterSource {
  /** The same for two sources with the same rows. */
  readonly version: string;
  masterRows(file: MasterFileName): Iterable<MasterRow>;
  /** The feed names of indices by symbol. */
  readonly indexTable: Readonly<Record<string, string>>;
}

/** A file of the symbol master. */
export interface MasterFile {
  /** As it is asked for, `NSE_CM.csv`. */
  readonly name: string;
  readonly contentType: string;
  /** Its bytes, made while they are read, from the start at each call. A chunk has whole rows. */
  chunks(): Iterable<Buffer>;
}

/** The seven files as CSV and as JSON, and the table of indices, by name. @param date the day on which they were made, `YYYY-MM-DD` in IST */
export function listMasterFiles(source: MasterSource, date: string): ReadonlyMap<string, MasterFile> {
  const files = MASTER_FILES.flatMap((file): MasterFile[] => {
    const facts = { file, date, session: sessionColumn(SOURCE_FILES[file].segment, date) };
    const rows = (): Iterable<MasterRow> => source.masterRows(file);
    return [
      { name: `${file}.csv`, contentType: 'text/csv', chunks: () => joinChunks(writeCsv(rows(), facts)) },
      {
        name: `${file}${JSON_SUFFIX}`,
        contentType: 'application/json',
        chunks: () => joinChunks(writeJson(rows(), facts)),
      },
    ];
  });
  files.push({
    name: INDEX_TABLE_FILE,
    contentType: 'application/json',
    chunks: () => joinChunks([JSON.stringify(source.indexTable)]),
  });
  return new Map(files.map((file) => [file.name, file]));
}

function* writeCsv(rows: Iterable<MasterRow>, facts: FileFacts): Generator<string> {
  for (const row of rows) yield writeCsvRow(row, facts);
}

function* writeJson(rows: Iterable<MasterRow>, facts: FileFacts): Generator<string> {
  yield '{';
  let separator = '';
  for (const row of rows) {
    yield separator + writeJsonEntry(row, facts);
    separator = ', ';
  }
  yield '}';
}

function* joinChunks(parts: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
