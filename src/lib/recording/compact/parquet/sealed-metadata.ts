import { type FileMetaData, parquetMetadataAsync } from 'hyparquet';
import { z } from 'zod';
import type { OpenFile } from '../workspace/workspace.ts';
import { bufferOf } from './parquet-rows.ts';
import { isSealed } from './seal.ts';

/** What a file says of itself; undefined for one that is not as `compact` wrote it. Throws what the disk says. */
export async function readSealedMetadata(file: string, openFile: OpenFile): Promise<FileMetaData | undefined> {
  const handle = await openFile(file, 'r');
  try {
    if (!(await isSealed(handle))) return undefined;
    return await parquetMetadataAsync(await bufferOf(handle)).catch(() => undefined);
  } finally {
    await handle.close();
  }
}

/** The value that a file has under a key of ours; undefined when it has none, or one that is not as it should be. */
export function readKeyValue<T>(
  { key_value_metadata: pairs }: FileMetaData,
  key: string,
  schema: z.ZodType<T>,
): T | undefined {
  const text = pairs?.find((pair) => pair.key === key)?.value;
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

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
export type ParquetContents = z.infer<typeof contentsSchema>;

export function createContents(sources: readonly StoredSource[], digest: number): ParquetContents {
  return { schema: CONTENTS_SCHEMA, sources: [...sources], digest };
}

/** What is in a compacted file; undefined when it does not say so. */
export function contentsOf(metadata: FileMetaData): ParquetContents | undefined {
  return readKeyValue(metadata, CONTENTS_KEY, contentsSchema);
}

/** The key under which a Parquet file says what it was made of. */
export const ORIGIN_KEY = 'tickpipe.sources';

/** A recording as it was when it was read: its name without folders, and its bytes. */
const originSchema = z.array(z.tuple([z.string(), z.number()]));
export type Origin = z.infer<typeof originSchema>;

/** What a compacted file was made of; undefined when it does not say so. */
export function originOf(metadata: FileMetaData): Origin | undefined {
  return readKeyValue(metadata, ORIGIN_KEY, originSchema);
}
