/** `hostdev/xml`: the lossless XML tree on its own. */
export { decodeXml, encodeXml, type DecodedXml, type XmlEncoding } from './encoding.ts';
export { applySplices, insertChild, insertFirstChild, removeNode, replaceNode, setAttribute, type Splice } from './edit.ts';
export { parseXml, XML_LIMITS, type ParseOptions } from './parse.ts';
export { locationAt, locationIn } from './position.ts';
export { attribute, childElement, childElements, descend, printXml, textOf } from './read.ts';
export { escapeXml } from './references.ts';
export type { XmlAttribute, XmlDocument, XmlElement, XmlLeaf, XmlNode } from './tree.ts';
export { element, enclose, textElement, type NewAttributes, type XmlLine } from './write.ts';
