import { type FileMetaData, parquetMetadataAsync } from 'hyparquet';
import type { z } from 'zod';
import type { OpenFile } from '../workspace/files.ts';
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
