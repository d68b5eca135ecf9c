import { type FileHandle, open, stat } from 'node:fs/promises';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RowBlock } from '../../output/rows/row-block.ts';
import { RowBlockBuilder } from '../../output/rows/row-block-builder.ts';
import type { RowShape } from '../../output/rows/row-shape.ts';
import { type LineRules, readCheckedLines } from './checked-lines.ts';
import type { DamageListener } from './damage.ts';
import { FileBlocks } from './file-blocks.ts';
import { unpackGzip } from './gzip-contents.ts';
import { GZIP_MAGIC } from './gzip-member.ts';
import { checkMessageLine, MAX_MESSAGE_LINE_BYTES } from './message-check.ts';
import { RowTranslator, scannersFor } from './row-translator.ts';

/** The longest row, a book with its numbers at their longest, takes 3,000 bytes. */
const MAX_ROW_BYTES = 16 * 1024;
const GZIP_NAME = /\.gz(\.part)?$/;

const MESSAGES: LineRules = {
  check: checkMessageLine,
  maxBytes: MAX_MESSAGE_LINE_BYTES,
  reason: 'not a whole message',
};

/**
 * The tick rows of a file, plain or gzipped, finished or not, in the file's order: blocks of whole valid rows, in constant
 * memory. Bytes that are no row are reported and skipped. Throws `INPUT_MISSING`.
 * @param signal ends the reading, in the middle of a file, too: its reason is thrown
 * @param shape of its rows, when they are not those of this version; they come as if they were
 */
export async function* readRowBlocks(
  file: string,
  onDamage: DamageListener,
  signal?: AbortSignal,
  shape?: RowShape | undefined,
): AsyncGenerator<RowBlock> {
  const builder = new RowBlockBuilder(scannersFor(shape));
  const check: LineRules['check'] = (bytes, begin, end) => builder.add(bytes, begin, end);
  const translator = shape && new RowTranslator(shape);
  for await (const bytes of readRowsChecked(file, check, onDamage, signal)) {
    const block = builder.take(bytes);
    yield translator ? translator.translate(block) : block;
  }
}

/** The bytes of the rows as they stand in the file. @param shape of its rows, when they are not those of this version */
export function readRecordedRows(
  file: string,
  onDamage: DamageListener,
  signal?: AbortSignal,
  shape?: RowShape | undefined,
): AsyncGenerator<Buffer> {
  const scanners = scannersFor(shape);
  return readRowsChecked(file, (bytes, begin, end) => scanners.scan(bytes, begin, end), onDamage, signal);
}

/**
 * The same with a check of the caller's own, which may take rows while it looks at them: what it accepts is a row.
 * @param check the offset behind the line end of the row that begins here, or -1 when there is none
 */
export function readRowsChecked(
  file: string,
  check: LineRules['check'],
  onDamage: DamageListener,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  return readLines(file, { check, maxBytes: MAX_ROW_BYTES, reason: 'not a whole row' }, onDamage, signal);
}

/** The same for raw recordings: whole valid lines, each one message. */
export function readRecordedMessages(
  file: string,
  onDamage: DamageListener,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  return readLines(file, MESSAGES, onDamage, signal);
}

async function* readLines(
  file: string,
  rules: LineRules,
  onDamage: DamageListener,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const handle = await openFile(file);
  try {
    const blocks = new FileBlocks(handle, signal);
    const isPacked = await isGzip(file, blocks);
    const contents = isPacked
      ? unpackGzip(blocks, (offset, bytes, reason) => onDamage({ file, offset, bytes, within: 'file', reason }))
      : blocks.readFrom(0);
    const within = isPacked ? 'contents' : 'file';
    yield* readCheckedLines(contents, rules, (offset, bytes, reason) =>
      onDamage({ file, offset, bytes, within, reason }),
    );
  } catch (error) {
    throw error instanceof TickpipeError || errnoOf(error) === undefined ? error : unreadable(file, errnoOf(error));
  } finally {
    await handle.close();
  }
}

/** By the name, as the first bytes may be broken; then by the first bytes. */
async function isGzip(file: string, blocks: FileBlocks): Promise<boolean> {
  if (GZIP_NAME.test(file)) return true;
  return (await blocks.readExactly(0, GZIP_MAGIC.length)).equals(GZIP_MAGIC);
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    // Opening a pipe would wait for its writer.
    const stats = await stat(file);
    if (stats.isDirectory()) throw unreadable(file, 'EISDIR');
    if (!stats.isFile()) throw unreadable(file, 'ESPIPE');
    return await open(file, 'r');
  } catch (error) {
    throw error instanceof TickpipeError ? error : unreadable(file, errnoOf(error));
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory',
  ESPIPE: 'recordings are read more than once, so it has to be a file',
  EACCES: 'permission denied',
};

/** An `INPUT_MISSING` that names the file and why. */
export function unreadable(file: string, code: string | undefined): TickpipeError {
  const reason = WORDS[code ?? ''] ?? code ?? 'unknown error';
  return new TickpipeError('INPUT_MISSING', `${file} cannot be read: ${reason}`);
}
