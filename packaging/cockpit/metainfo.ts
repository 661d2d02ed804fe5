/** What a software centre, and Cockpit's own list of applications, show of the page (AppStream 1.0, section 2.1.6: add-ons). */
import { COCKPIT_PACKAGE } from './manifest.ts';

/** The component's id, after which its file is named. The domain is that of the maintainers' address. */
const ID = 'invalid.hostdev.cockpit';

export const METAINFO_FILE = `${ID}.metainfo.xml`;

export const METAINFO = `<?xml version="1.0" encoding="UTF-8"?>
<component type="addon">
  <id>${ID}</id>
  <metadata_license>CC0-1.0</metadata_license>
  <project_license>Apache-2.0</project_license>
  <name>hostdev</name>
  <summary>Give the PCI functions of a host to KVM guests</summary>
  <description>
    <p>
      The page of hostdev in Cockpit: which PCI functions the host has, what uses each and which may go to a guest, what guests hold, and what was changed.
      Functions are given and taken back by a plan whose every step is shown, and undone, before anything is written.
    </p>
  </description>
  <extends>org.cockpit_project.cockpit</extends>
  <launchable type="cockpit-manifest">${COCKPIT_PACKAGE}</launchable>
</component>
`;
