import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync } from 'hyparquet';
import { z } from 'zod';
import type { OpenFile } from '../files.ts';
import { bufferOf } from './parquet-rows.ts';
import { isSealed } from './seal.ts';

/** The key under which a compacted file says what is in it. */
export const CONTENTS_KEY = 'tickpipe.contents';

/** The version of all that compacted files hold. Another one is not read. */
const CONTENTS_SCHEMA = 1;

const sourceSchema = z.object({
  /** The recording's data file, without folders. */
  name: z.string(),
  /** How many rows are of it: those of the first have the first places in the sequence. */
  rows: z.number().int().nonnegative(),
  /** Null when it has no row. */
  simulated: z.boolean().nullable(),
});
export type StoredSource = z.infer<typeof sourceSchema>;

const contentsSchema = z.object({
  schema: z.literal(CONTENTS_SCHEMA),
  /** In the order in which they were recorded. */
  sources: z.array(sourceSchema),
  /** Of all rows; the gaps beside them have the same. */
  digest: z.number(),
});
export type Contents = z.infer<typeof contentsSchema>;

export function createContents(sources: readonly StoredSource[], digest: number): Contents {
  return { schema: CONTENTS_SCHEMA, sources: [...sources], digest };
}

/** What a file says is in it, and the rest of what it says; undefined for one that does not say so. Throws an `Error` for no Parquet file. */
export async function readContents(
  buffer: AsyncBuffer,
): Promise<{ readonly metadata: FileMetaData; readonly contents: Contents | undefined }> {
  const metadata = await parquetMetadataAsync(buffer);
  const text = metadata.key_value_metadata?.find(({ key }) => key === CONTENTS_KEY)?.value;
  return { metadata, contents: text === undefined ? undefined : contentsSchema.safeParse(parse(text)).data };
}

/** What a file says is in it; undefined for one that is not as `compact` wrote it. Throws what the disk says. */
export async function readContentsOf(file: string, openFile: OpenFile): Promise<Contents | undefined> {
  const handle = await openFile(file, 'r');
  try {
    if (!(await isSealed(handle))) return undefined;
    return (await readContents(await bufferOf(handle))).contents;
  } finally {
    await handle.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
