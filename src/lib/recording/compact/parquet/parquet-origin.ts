import { parquetMetadataAsync } from 'hyparquet';
import { z } from 'zod';
import type { OpenFile } from '../files.ts';
import { bufferOf } from './parquet-rows.ts';
import { isSealed } from './seal.ts';

/** The key under which a Parquet file says what it was made of. */
export const ORIGIN_KEY = 'tickpipe.sources';

/** A recording as it was when it was read: its name without folders, and its bytes. */
const originSchema = z.array(z.tuple([z.string(), z.number()]));
export type Origin = z.infer<typeof originSchema>;

/** What a compacted file was made of; undefined for one that is not as it was written, or does not say so. Throws what the disk says. */
export async function readOrigin(file: string, openFile: OpenFile): Promise<Origin | undefined> {
  const handle = await openFile(file, 'r');
  try {
    if (!(await isSealed(handle))) return undefined;
    const metadata = await parquetMetadataAsync(await bufferOf(handle)).catch(() => undefined);
    const text = metadata?.key_value_metadata?.find(({ key }) => key === ORIGIN_KEY)?.value;
    return text === undefined ? undefined : parseOrigin(text);
  } finally {
    await handle.close();
  }
}

function parseOrigin(text: string): Origin | undefined {
  try {
    return originSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
