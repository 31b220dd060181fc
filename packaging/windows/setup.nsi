; The installer for one user: no administrator, nothing outside of the user's own folders and keys.
;
; setup.exe /S installs silently; /LINKS and /AUTOSTART tick the two options there, /D=C:\FOLDER as
; the last word chooses the folder. files.nsh is written by packaging/windows/build: every file by
; its name, so that the uninstaller removes what was installed and nothing else.

Unicode true
Target amd64-unicode
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include Sections.nsh

Name "AceDesk"
BrandingText "AceDesk ${VERSION} (experimental on Windows)"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\AceDesk"
InstallDirRegKey HKCU "Software\AceDesk" "Folder"
SetCompressor /SOLID lzma
SetCompressorDictSize 64
SetDateSave off
ManifestDPIAware true
ManifestSupportedOS Win10
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "AceDesk"
VIAddVersionKey "FileDescription" "Installs AceDesk"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\AceDesk"
!define LINK_KEY "Software\Classes\acestream"
!define MUI_ICON "${TREE}\..\acedesk.ico"
!define MUI_UNICON "${TREE}\..\acedesk.ico"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\AceDesk.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Start AceDesk"

!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var Owner ; the command that opens acestream: links now, "" when there is none
Var Begun ; "1" once files are written

; --- a running AceDesk ----------------------------------------------------------------------------

; Asks every AceDesk of this installation to end, as its own Quit does, and waits for it. Windows
; does not let go of files that a program uses.
!macro EndRunning UN
Function ${UN}EndRunning
    again:
    IfFileExists "$INSTDIR\acedesk.com" 0 ended
    nsExec::ExecToStack '"$INSTDIR\acedesk.com" quit --all'
    Pop $0
    Pop $1
    ; An AceDesk that is damaged cannot be asked, and does not run either.
    StrCmp $0 "1" 0 ended
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "AceDesk is running and does not end. Quit it from its icon beside the clock, then press Retry." /SD IDCANCEL IDRETRY again
    SetErrorLevel 2
    Quit
    ended:
FunctionEnd
!macroend
!insertmacro EndRunning ""
!insertmacro EndRunning "un."

; --- what is taken away -----------------------------------------------------------------------------

!macro RemoveAll
    ; Only what still leads to us: another program may have taken the links since.
    ReadRegStr $0 HKCU "${LINK_KEY}\shell\open\command" ""
    ${If} $0 == '"$INSTDIR\AceDesk.exe" --from-desktop -- "%1"'
        ReadRegStr $1 HKCU "Software\AceDesk" "FormerLinkCommand"
        ${If} $1 == ""
            DeleteRegKey HKCU "${LINK_KEY}"
        ${Else}
            WriteRegStr HKCU "${LINK_KEY}\shell\open\command" "" "$1"
        ${EndIf}
    ${EndIf}
    DeleteRegKey HKCU "Software\Classes\AceDesk.acestream"
    DeleteRegValue HKCU "Software\RegisteredApplications" "AceDesk"
    DeleteRegKey HKCU "Software\AceDesk"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    Delete "$SMPROGRAMS\AceDesk.lnk"
    !insertmacro RemoveFiles
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
!macroend

; --- a full disk ------------------------------------------------------------------------------------

; Ends before anything was changed where there is not enough room; what an older version of ours
; has there is free by then.
Function CheckRoom
    ${GetRoot} "$INSTDIR" $0
    ClearErrors
    ${DriveSpace} "$0\" "/D=F /S=K" $1
    IfErrors enough
    IfFileExists "$INSTDIR\uninstall.exe" 0 fresh
    ${GetSize} "$INSTDIR" "/S=0K" $2 $3 $4
    IntOp $1 $1 + $2
    fresh:
    IntCmp $1 ${KILOBYTES} enough 0 enough
    MessageBox MB_OK|MB_ICONSTOP "AceDesk could not be installed: the disk $0 is full. Nothing was changed." /SD IDOK
    SetErrorLevel 3
    Abort
    enough:
FunctionEnd

; Called when a file could not be written: nothing stays half installed.
Function .onInstFailed
    ${If} $Begun == "1"
        !insertmacro RemoveAll
        MessageBox MB_OK|MB_ICONSTOP "AceDesk could not be installed: the disk is full, or $INSTDIR may not be written. Nothing was left behind." /SD IDOK
        SetErrorLevel 3
    ${EndIf}
FunctionEnd

; --- what is installed ----------------------------------------------------------------------------

Section "AceDesk" Program
    SectionIn RO
    Call EndRunning
    Call CheckRoom
    StrCpy $Begun "1"
    ; Files of an older version that this one does not have.
    IfFileExists "$INSTDIR\uninstall.exe" 0 fresh
    RMDir /r "$INSTDIR\app"
    RMDir /r "$INSTDIR\lib"
    RMDir /r "$INSTDIR\runtime"
    fresh:
    ClearErrors
    !insertmacro InstallFiles
    WriteUninstaller "$INSTDIR\uninstall.exe"
    IfErrors 0 written
    Abort
    written:
    CreateShortCut "$SMPROGRAMS\AceDesk.lnk" "$INSTDIR\AceDesk.exe" "" "$INSTDIR\AceDesk.exe" 0
    WriteRegStr HKCU "Software\AceDesk" "Folder" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "AceDesk"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\AceDesk.exe"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "AceDesk"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}
    ; Windows offers AceDesk for links from now on; which program opens them does not change by it.
    WriteRegStr HKCU "Software\Classes\AceDesk.acestream" "" "Ace Stream link"
    WriteRegStr HKCU "Software\Classes\AceDesk.acestream\DefaultIcon" "" "$INSTDIR\AceDesk.exe,0"
    WriteRegStr HKCU "Software\Classes\AceDesk.acestream\shell\open\command" "" '"$INSTDIR\AceDesk.exe" --from-desktop -- "%1"'
    WriteRegStr HKCU "Software\AceDesk\Capabilities" "ApplicationName" "AceDesk"
    WriteRegStr HKCU "Software\AceDesk\Capabilities" "ApplicationDescription" "Ace Stream on the desktop"
    WriteRegStr HKCU "Software\AceDesk\Capabilities\URLAssociations" "acestream" "AceDesk.acestream"
    WriteRegStr HKCU "Software\RegisteredApplications" "AceDesk" "Software\AceDesk\Capabilities"
    StrCpy $Begun ""
SectionEnd

Section /o "Open acestream: links with AceDesk" Links
    Call FindOwner
    StrCpy $0 '"$INSTDIR\AceDesk.exe" --from-desktop -- "%1"'
    ${If} $Owner != $0
        ; What the user had before comes back when AceDesk goes.
        ReadRegStr $1 HKCU "${LINK_KEY}\shell\open\command" ""
        WriteRegStr HKCU "Software\AceDesk" "FormerLinkCommand" "$1"
    ${EndIf}
    WriteRegStr HKCU "${LINK_KEY}" "" "URL:Ace Stream link"
    WriteRegStr HKCU "${LINK_KEY}" "URL Protocol" ""
    WriteRegStr HKCU "${LINK_KEY}\shell\open\command" "" "$0"
SectionEnd

Section /o "Start with the computer" Autostart
    nsExec::ExecToStack '"$INSTDIR\acedesk.com" ${AUTOSTART_ON}'
    Pop $0
    Pop $1
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
    !insertmacro MUI_DESCRIPTION_TEXT ${Program} "The program and its entry in the Start menu."
    !insertmacro MUI_DESCRIPTION_TEXT ${Links} "A click on a link in the browser plays it. The program that opens them now gets them back when AceDesk is uninstalled."
    !insertmacro MUI_DESCRIPTION_TEXT ${Autostart} "AceDesk waits beside the clock after you sign in. Can be changed in its settings."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function FindOwner
    ReadRegStr $Owner HKCR "acestream\shell\open\command" ""
FunctionEnd

Function .onInit
    ${IfNot} ${AtLeastWin10}
        MessageBox MB_OK|MB_ICONSTOP "AceDesk needs Windows 10 (version 1809 or newer), 64 bit." /SD IDOK
        SetErrorLevel 4
        Quit
    ${EndIf}
    ; Ticked where no program has the links; one that has them keeps them unless somebody ticks it.
    Call FindOwner
    ${If} $Owner == ""
    ${AndIfNot} ${Silent}
        !insertmacro SelectSection ${Links}
    ${EndIf}
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/LINKS" $1
    ${IfNot} ${Errors}
        !insertmacro SelectSection ${Links}
    ${EndIf}
    ClearErrors
    ${GetOptions} $0 "/AUTOSTART" $1
    ${IfNot} ${Errors}
        !insertmacro SelectSection ${Autostart}
    ${EndIf}
FunctionEnd

; --- and removed ----------------------------------------------------------------------------------

Section "Uninstall"
    Call un.EndRunning
    nsExec::ExecToStack '"$INSTDIR\acedesk.com" ${AUTOSTART_OFF}'
    Pop $0
    Pop $1
    !insertmacro RemoveAll
SectionEnd
