import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/*
 * The binary form of a cached file: a head of 24 bytes, a description as JSON, then sections of numbers and bytes, each at a
 * multiple of eight so that a typed array can be laid over it. The checksum of the head is of the description; each section has its own, so
 * that a reader that needs a part of them reads that part.
 */

/**
 * Raise it with each change of the layout: of this container, of the sections of a master file, of what the bytes of a section mean, as
 * the order of stems or the marks in search texts. A file of another version is fetched anew. `container.test.ts` fails when the bytes
 * change and the version does not.
 */
const VERSION = 7;
const MAGIC = 0x4d_53_50_54; // "TPSM" on machines with the low byte first
const HEAD_BYTES = 24;
const ALIGNMENT = 8;
/** Most descriptions are shorter. */
const FIRST_BYTES = 8_192;
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
  /** Of its bytes, and of those that fill the space up to the next section. */
  readonly checksum: number;
}

/** The sections of a file that is open: each is read when it is first asked for. */
export interface Sections extends Iterable<readonly [string, Section]> {
  /** Throws for a section that is damaged, and what the file system says. */
  get(name: string): Section | undefined;
}

/** A description and sections, as they were written. */
export interface Container {
  readonly description: unknown;
  readonly sections: Sections;
}

export function writeContainer(description: unknown, given: Iterable<readonly [string, Section]>): Buffer {
  const sections = new Map(given);
  const places: SectionPlace[] = [];
  let offset = 0;
  for (const [name, section] of sections) {
    const end = alignUp(offset + section.byteLength);
    const filled = crc32(new Uint8Array(end - offset - section.byteLength), crc32(bytesOf(section)));
    places.push({ name, type: typeOf(section), offset, length: section.length, checksum: filled });
    offset = end;
  }
  const json = Buffer.from(JSON.stringify({ description, places }));
  const begin = alignUp(HEAD_BYTES + json.length);
  const bytes = Buffer.alloc(begin + offset);
  json.copy(bytes, HEAD_BYTES);
  for (const [at, section] of [...sections.values()].entries()) {
    const place = places[at] as SectionPlace;
    bytes.set(bytesOf(section), begin + place.offset);
  }
  new Uint32Array(bytes.buffer, bytes.byteOffset, HEAD_BYTES / 4).set([
    MAGIC,
    VERSION,
    crc32(bytes.subarray(HEAD_BYTES, begin)),
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
  const bytes = given.byteOffset % ALIGNMENT === 0 ? given : copyAligned(given);
  const head = readHead(bytes, bytes.length);
  if (head === undefined || bytes.length < head.begin) return undefined;
  const opened = readDescription(bytes, head);
  if (opened === undefined) return undefined;
  const sections = new Map<string, Section>();
  for (const place of opened.places) {
    const begin = head.begin + place.offset;
    const section = checkSection(place, bytes.subarray(begin, begin + spaceOf(place)));
    if (section === undefined) return undefined;
    sections.set(place.name, section);
  }
  return { description: opened.description, sections };
}

/** The same of an open file, of which only the description is read now. Throws what the file system says. */
export function openContainer(fd: number, fileBytes: number): Container | undefined {
  const begun = readRange(fd, 0, Math.min(fileBytes, FIRST_BYTES));
  const head = readHead(begun, fileBytes);
  if (head === undefined || fileBytes < head.begin) return undefined;
  const opened = readDescription(head.begin <= begun.length ? begun : readRange(fd, 0, head.begin), head);
  if (opened === undefined) return undefined;
  const places = new Map(opened.places.map((place) => [place.name, place]));
  const get = (name: string): Section | undefined => {
    const place = places.get(name);
    if (place === undefined) return undefined;
    const section = checkSection(place, readRange(fd, head.begin + place.offset, spaceOf(place)));
    if (section === undefined) throw new Error(`the section ${name} is damaged`);
    return section;
  };
  function* all(): Generator<readonly [string, Section]> {
    for (const name of places.keys()) yield [name, get(name) as Section];
  }
  return { description: opened.description, sections: { get, [Symbol.iterator]: all } };
}

interface Head {
  readonly checksum: number;
  readonly jsonLength: number;
  /** Where the first section begins. */
  readonly begin: number;
}

/** @param bytes the beginning of a file of `fileBytes` bytes */
function readHead(bytes: Buffer, fileBytes: number): Head | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const [magic, version, checksum = 0, jsonLength = 0, length] = new Uint32Array(bytes.buffer, bytes.byteOffset, 5);
  if (magic !== MAGIC || version !== VERSION || length !== fileBytes || jsonLength > MAX_DESCRIPTION_BYTES)
    return undefined;
  return { checksum, jsonLength, begin: alignUp(HEAD_BYTES + jsonLength) };
}

function readDescription(
  bytes: Buffer,
  { checksum, jsonLength, begin }: Head,
): { readonly description: unknown; readonly places: readonly SectionPlace[] } | undefined {
  if (crc32(bytes.subarray(HEAD_BYTES, begin)) !== checksum) return undefined;
  return JSON.parse(bytes.toString('utf8', HEAD_BYTES, HEAD_BYTES + jsonLength));
}

/** A view of the bytes of a section; `undefined` when they are damaged. */
function checkSection({ type, length, checksum }: SectionPlace, bytes: Buffer): Section | undefined {
  if (crc32(bytes) !== checksum) return undefined;
  return new ARRAYS[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
}

/** How many bytes a section takes, with those that fill the space up to the next. */
function spaceOf({ type, length }: SectionPlace): number {
  return alignUp(length * ARRAYS[type].BYTES_PER_ELEMENT);
}

function readRange(fd: number, begin: number, length: number): Buffer {
  // Not of Buffer's pool, where it would not be aligned.
  const bytes = Buffer.allocUnsafeSlow(length);
  const read = readSync(fd, bytes, 0, length, begin);
  if (read !== length) throw new Error('the file is shorter than it was');
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: Section): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
