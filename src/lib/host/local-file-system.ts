import { statfsSync } from 'node:fs';

/** Of statfs(2), Linux: file systems that one kernel at a time has in use. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
]);

/** Whether the directory is on a file system that no other machine can use now. False also when that is not known. */
export function isLocalFileSystem(directory: string): boolean {
  try {
    return process.platform === 'linux' && LOCAL_TYPES.has(Number(statfsSync(directory).type));
  } catch {
    return false;
  }
}
