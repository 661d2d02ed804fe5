/** The outermost layer of a Debian package: an `ar` archive (deb(5)), whose members have short names. */

export interface Member {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The archive of some members, in their order. */
export function formatAr(members: readonly Member[], date: Date): Uint8Array {
  const seconds = String(Math.floor(date.getTime() / 1000));
  const parts = members.flatMap(({ name, content }) => {
    if (name.length > 16) throw new Error(`the name ${name} is too long for a member`);
    const fields = [name.padEnd(16), seconds.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8), String(content.length).padEnd(10)];
    // Members begin at even places.
    return [Buffer.from(`${fields.join('')}\`\n`), content, Buffer.from(content.length % 2 === 1 ? '\n' : '')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
