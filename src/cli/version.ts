/** The version, from package.json when the program is built. */
declare const __HOSTDEV_VERSION__: string | undefined;

export const VERSION: string = typeof __HOSTDEV_VERSION__ === 'string' ? __HOSTDEV_VERSION__ : '0.0.0-source';
