/** Where Debian has the libraries of an architecture (by Debian's name), and the loader in it. */
export const LIBRARIES: Readonly<Record<string, readonly [directory: string, loader: string]>> = {
  amd64: ['usr/lib/x86_64-linux-gnu', 'ld-linux-x86-64.so.2'],
  arm64: ['usr/lib/aarch64-linux-gnu', 'ld-linux-aarch64.so.1'],
  s390x: ['usr/lib/s390x-linux-gnu', 'ld64.so.1'],
};
