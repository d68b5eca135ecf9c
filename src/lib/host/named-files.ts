import { readdirSync } from 'node:fs';
import { isPlainName } from './plain-name.ts';

/** The files of one kind in a folder. */
export interface NamedFiles {
  /** Names that users gave, without the ending, sorted. */
  readonly names: readonly string[];
  /** Other files with the ending, with it: their names are none that this program gives. Hidden files are left out. */
  readonly others: readonly string[];
}

/** The files of a folder with an ending, as `.txt`. Throws what the file system says. */
export function listNamedFiles(folder: string, ending: string): NamedFiles {
  const files = readdirSync(folder).filter((file) => file.endsWith(ending) && !file.startsWith('.'));
  const isNamed = (file: string): boolean => isPlainName(file.slice(0, -ending.length));
  return {
    names: files
      .filter(isNamed)
      .map((file) => file.slice(0, -ending.length))
      .sort(),
    others: files.filter((file) => !isNamed(file)),
  };
}

/** The same names; none where the folder cannot be read. */
export function findNames(folder: string, ending: string): readonly string[] {
  try {
    return listNamedFiles(folder, ending).names;
  } catch {
    return [];
  }
}
