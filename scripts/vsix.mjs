/**
 * Packages the extension for VS Code: `npm run vsix` writes editors/vscode/llmpipe.vsix, which `code --install-extension FILE` installs.
 *
 * A .vsix is a zip file with a manifest. We write it ourselves, because vsce installs native code and needs a newer Node than llmpipe. The
 * same sources give the same bytes.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { strToU8, zipSync } from 'fflate'

const folder = 'editors/vscode'
const target = process.argv[2] ?? `${folder}/llmpipe.vsix`
const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))

const bundle = await build({
  entryPoints: [`${folder}/src/extension.mts`],
  outfile: 'extension.js',
  write: false,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  // The Node in VS Code 1.91.
  target: 'node20',
  external: ['vscode'],
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
})

const files = {
  'extension.vsixmanifest': strToU8(vsixManifest()),
  '[Content_Types].xml': strToU8(contentTypes()),
  'extension/package.json': readFileSync(`${folder}/package.json`),
  'extension/readme.md': readFileSync(`${folder}/README.md`),
  'extension/LICENSE.txt': readFileSync('LICENSE'),
  'extension/language-configuration.json': readFileSync(`${folder}/language-configuration.json`),
  'extension/llmpipe.tmLanguage.json': readFileSync('grammar/llmpipe.tmLanguage.json'),
  'extension/snippets/llmpipe.json': readFileSync(`${folder}/snippets/llmpipe.json`),
  'extension/dist/extension.js': bundle.outputFiles[0].contents,
}
// Zip files have no earlier date.
writeFileSync(target, zipSync(files, { level: 9, mtime: '1980-01-01T12:00:00' }))
console.log(target)

function vsixManifest() {
  const { name, publisher, version, displayName, description, engines, categories, keywords } = manifest
  const asset = (type, path) => `    <Asset Type="${type}" Path="${path}" Addressable="true" />`
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}" />
    <DisplayName>${escaped(displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(description)}</Description>
    <Tags>${escaped(keywords.join(','))}</Tags>
    <Categories>${escaped(categories.join(','))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <License>extension/LICENSE.txt</License>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${escaped(engines.vscode)}" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionDependencies" Value="" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionPack" Value="" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace" />
    </Properties>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code" />
  </Installation>
  <Dependencies />
  <Assets>
${asset('Microsoft.VisualStudio.Code.Manifest', 'extension/package.json')}
${asset('Microsoft.VisualStudio.Services.Content.Details', 'extension/readme.md')}
${asset('Microsoft.VisualStudio.Services.Content.License', 'extension/LICENSE.txt')}
  </Assets>
</PackageManifest>
`
}

function contentTypes() {
  const types = {
    json: 'application/json',
    js: 'application/javascript',
    md: 'text/markdown',
    txt: 'text/plain',
    vsixmanifest: 'text/xml',
  }
  const lines = Object.entries(types).map(
    ([ending, type]) => `  <Default Extension=".${ending}" ContentType="${type}" />`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
${lines.join('\n')}
</Types>
`
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
