import { crc32 } from 'node:zlib';

/*
 * The binary form of a cached file: a head of 24 bytes, a description as JSON, then sections of numbers and bytes, each at a
 * multiple of eight so that a typed array can be laid over it. The checksum is of everything behind the head.
 */

/**
 * Raise it with each change of the layout: of this container, of the sections of a master file, of what the bytes of a section mean, as
 * the order of stems or the marks in search texts. A file of another version is fetched anew. `container.test.ts` fails when the bytes
 * change and the version does not.
 */
const VERSION = 4;
const MAGIC = 0x4d_53_50_54; // "TPSM" on machines with the low byte first
const HEAD_BYTES = 24;
const ALIGNMENT = 8;
/** Of a description: a server could send an ETag of any length. */
const MAX_DESCRIPTION_BYTES = 65_536;

export type Section = Uint8Array | Uint32Array | Float64Array;
type SectionType = keyof typeof ARRAYS;

const ARRAYS = { u8: Uint8Array, u32: Uint32Array, f64: Float64Array } as const;

interface SectionPlace {
  readonly name: string;
  readonly type: SectionType;
  readonly offset: number;
  readonly length: number;
}

/** A description and sections, as they were written. */
export interface Container {
  readonly description: unknown;
  readonly sections: ReadonlyMap<string, Section>;
}

export function writeContainer(description: unknown, sections: ReadonlyMap<string, Section>): Buffer {
  const places: SectionPlace[] = [];
  let offset = 0;
  for (const [name, section] of sections) {
    places.push({ name, type: typeOf(section), offset, length: section.length });
    offset = alignUp(offset + section.byteLength);
  }
  const json = Buffer.from(JSON.stringify({ description, places }));
  const begin = alignUp(HEAD_BYTES + json.length);
  const bytes = Buffer.alloc(begin + offset);
  json.copy(bytes, HEAD_BYTES);
  for (const [at, section] of [...sections.values()].entries()) {
    const place = places[at] as SectionPlace;
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), begin + place.offset);
  }
  new Uint32Array(bytes.buffer, bytes.byteOffset, HEAD_BYTES / 4).set([
    MAGIC,
    VERSION,
    crc32(bytes.subarray(HEAD_BYTES)),
    json.length,
    bytes.length,
    0,
  ]);
  return bytes;
}

/**
 * Reads a container; `undefined` for bytes that are none, are damaged or cut, or are of another version or another kind of
 * machine. The sections are views of the bytes.
 */
export function readContainer(given: Buffer): Container | undefined {
  if (given.length < HEAD_BYTES) return undefined;
  const bytes = given.byteOffset % ALIGNMENT === 0 ? given : copyAligned(given);
  const [magic, version, checksum, jsonLength = 0, length] = new Uint32Array(bytes.buffer, bytes.byteOffset, 5);
  if (magic !== MAGIC || version !== VERSION || length !== bytes.length) return undefined;
  if (jsonLength > MAX_DESCRIPTION_BYTES || crc32(bytes.subarray(HEAD_BYTES)) !== checksum) return undefined;
  const text = bytes.toString('utf8', HEAD_BYTES, HEAD_BYTES + jsonLength);
  const { description, places } = JSON.parse(text) as { description: unknown; places: SectionPlace[] };
  const begin = bytes.byteOffset + alignUp(HEAD_BYTES + jsonLength);
  const sections = new Map<string, Section>();
  for (const { name, type, offset, length: items } of places) {
    sections.set(name, new ARRAYS[type](bytes.buffer as ArrayBuffer, begin + offset, items));
  }
  return { description, sections };
}

function typeOf(section: Section): SectionType {
  if (section instanceof Float64Array) return 'f64';
  return section instanceof Uint32Array ? 'u32' : 'u8';
}

const alignUp = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

function copyAligned(bytes: Buffer): Buffer {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}
