/** A package that is nowhere to be had: every place that must answer said that it has no such file. */

export interface Asked {
  readonly url: string;
  readonly words: string;
}

/** The one reason for which a part of the laboratory may be left out: it is Debian's, not ours and not the network's. */
export class PackageGone extends Error {
  constructor(name: string, asked: readonly Asked[]) {
    super(`the Debian package ${name} is nowhere to be had; asked were\n${listed(asked)}`);
    this.name = 'PackageGone';
  }
}

/** A package that could not be fetched for another reason: a place did not answer, or had something else. */
export class DownloadFailed extends Error {
  constructor(name: string, asked: readonly Asked[]) {
    super(`the Debian package ${name} cannot be downloaded:\n${listed(asked)}\nCheck the network, or name another mirror in HOSTDEV_DEBIAN_MIRROR.`);
    this.name = 'DownloadFailed';
  }
}

function listed(asked: readonly Asked[]): string {
  return asked.map(({ url, words }) => `  ${url}: ${words}`).join('\n');
}
