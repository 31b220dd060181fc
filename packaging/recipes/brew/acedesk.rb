# A cask for Homebrew: NEVER RUN, neither on a Mac nor by Ruby. There is no dmg to download
# yet: URL and SUM are filled in when one is published.
cask "acedesk" do
  version "0.1.0"
  sha256 "SUM"

  url "URL/AceDesk-#{version}.dmg"
  name "AceDesk"
  desc "Ace Stream proxy: one engine session for every player at home"
  homepage "URL"

  depends_on macos: ">= :sonoma"

  app "AceDesk.app"
  binary "#{appdir}/AceDesk.app/Contents/MacOS/AceDesk", target: "acedesk"

  uninstall launchctl: "io.github.acedesk",
            quit:      "app.acedesk.AceDesk"

  zap trash: [
    "~/Library/Application Support/acedesk",
    "~/Library/LaunchAgents/io.github.acedesk.plist",
  ]
end
