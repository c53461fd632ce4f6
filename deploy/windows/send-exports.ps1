#requires -Version 5.1
<#
Передаёт выгрузки из папки этого компьютера в ОСМ. Как поставить, сказано в docs/install.md.

    powershell.exe -NoProfile -ExecutionPolicy Bypass -File send-exports.ps1          работает, пока открыто окно
    powershell.exe -NoProfile -ExecutionPolicy Bypass -File send-exports.ps1 -Once    один раз, для планировщика заданий

Файл, который перестал расти, проверяется здесь и уходит на сервер. Принятый переносится в «загружено», остальные в «не
принято», причина рядом, в .txt. Сервера нет — файл ждёт. Тот же файл, отправленный снова, сервер узнаёт.
Здесь проверяется: у CSV — названия столбцов из настройки Headings; у XLSX и ODS — только то, что это книга. XLS проверит
сервер.
Скрипт не испытан там, где нет PowerShell: проверьте его на одном компьютере.
#>
param(
    [string]$Settings = (Join-Path $PSScriptRoot 'settings.psd1'),
    [switch]$Once
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Net.Http
Add-Type -AssemblyName System.IO.Compression
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$Endings = @('.xlsx', '.xls', '.ods', '.csv')
$Loaded = 'загружено'
$Refused = 'не принято'
$Largest = 50MB
$HeaderAmong = 60          # строк, среди которых ищутся названия столбцов
$PauseSeconds = 30         # между обходами папки

function Say([string]$Words) {
    if ($Words -eq $script:Last) { return }   # пока сервера нет, одно и то же не повторяется
    $script:Last = $Words
    $line = '{0:dd.MM.yyyy HH:mm:ss} {1}' -f (Get-Date), $Words
    Write-Host $line
    if ($script:Journal) { Add-Content -LiteralPath $script:Journal -Value $line -Encoding UTF8 -ErrorAction SilentlyContinue }
}
$script:Journal = ''
$script:Last = ''

# --- Настройки
function Read-Settings([string]$Path) {
    if (-not (Test-Path -LiteralPath $Path)) { throw "Нет файла настроек $Path. Сделайте его из settings.example.psd1." }
    $given = Import-PowerShellDataFile -LiteralPath $Path
    foreach ($name in 'Address', 'Token', 'Folder') {
        if (-not $given.ContainsKey($name) -or -not $given[$name]) { throw "В настройках нет $name." }
    }
    $address = [Uri]$given.Address
    if (-not $address.IsAbsoluteUri -or ($address.Scheme -ne 'https' -and -not $address.IsLoopback)) {
        throw 'Address: нужен адрес сервера, который начинается с https://. Иначе ключ увидит вся сеть.'
    }
    $seconds = 10
    if ($given.ContainsKey('Seconds')) { $seconds = [int]$given.Seconds }
    $headings = @()
    if ($given.ContainsKey('Headings')) { $headings = @($given.Headings) }
    return @{
        Address = $given.Address.TrimEnd('/'); Token = $given.Token; Folder = Get-OwnFolder $given.Folder
        Headings = $headings; Seconds = $seconds
    }
}

function Get-OwnFolder([string]$Path) {
    # Никогда не «Загрузки»: туда попадает всё, что человек скачал для себя.
    if (-not [IO.Path]::IsPathRooted($Path)) { throw 'Folder: нужен полный путь, например C:\OSM\Выгрузки.' }
    $full = [IO.Path]::GetFullPath($Path).TrimEnd('\', '/')
    if ($full -eq [IO.Path]::GetPathRoot($full).TrimEnd('\', '/')) { throw 'Folder: нужна отдельная папка, не диск целиком.' }
    $words = 'Folder: за папкой «Загрузки» скрипт не следит. Заведите для выгрузок отдельную.'
    foreach ($part in $full.Split([char[]]@('\', '/'))) {
        if (@('Загрузки', 'Downloads') -contains $part.Trim()) { throw $words }
    }
    $downloads = Get-Downloads
    if ($downloads -and "$full\".StartsWith("$downloads\", [StringComparison]::OrdinalIgnoreCase)) { throw $words }
    if (-not (Test-Path -LiteralPath $full -PathType Container)) { throw "Folder: папки $full нет." }
    if (@('Junction', 'SymbolicLink') -contains (Get-Item -LiteralPath $full).LinkType) { throw "Folder: $full — ссылка. Нужна сама папка." }
    return $full
}

function Get-Downloads {
    # Её можно перенести: где она сейчас, знает реестр.
    $key = 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders'
    $id = '{374DE290-123F-4565-9164-39C4925E467B}'
    try {
        $found = (Get-ItemProperty -LiteralPath $key -Name $id).$id
        return [Environment]::ExpandEnvironmentVariables($found).TrimEnd('\')
    } catch {
        return ''
    }
}

# --- Файлы
function Get-Exports([string]$Folder) {
    Get-ChildItem -LiteralPath $Folder -File |
        Where-Object { $Endings -contains $_.Extension -and -not $_.Name.StartsWith('~') -and -not $_.Name.StartsWith('.') } |
        Sort-Object LastWriteTimeUtc, Name
}

function Get-Mark($File) { return '{0} {1}' -f $File.Length, $File.LastWriteTimeUtc.Ticks }

function Read-Whole([string]$Path) {
    # Без общего доступа: пока файл пишет другая программа, он не откроется.
    $stream = [IO.File]::Open($Path, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]::None)
    try {
        $reader = New-Object -TypeName IO.BinaryReader -ArgumentList $stream
        return , $reader.ReadBytes([int]$stream.Length)
    } finally {
        $stream.Dispose()
    }
}

function Get-Fault([byte[]]$Bytes, [string]$Ending, [string[]]$Headings) {
    # Почему файл не отправляется; пустая строка, если отправляется.
    if ($Bytes.Length -eq 0) { return 'Файл пуст.' }
    switch ($Ending.ToLowerInvariant()) {
        '.xlsx' { if (-not (Test-Entry $Bytes '^xl/workbook[^/]*\.xml$')) { return 'Это не книга XLSX: откройте файл в Excel и сохраните как «Книга Excel».' } }
        '.ods' { if (-not (Test-Entry $Bytes '^content\.xml$')) { return 'Это не таблица ODS: откройте файл и сохраните ещё раз.' } }
        '.csv' { return Get-HeadingFault (Get-Text $Bytes) $Headings }
    }
    return ''
}

function Test-Entry([byte[]]$Bytes, [string]$Pattern) {
    $memory = New-Object -TypeName IO.MemoryStream -ArgumentList (, $Bytes)
    try {
        $archive = New-Object -TypeName IO.Compression.ZipArchive -ArgumentList $memory
        return @($archive.Entries | Where-Object { $_.FullName -match $Pattern }).Count -gt 0
    } catch {
        return $false
    } finally {
        $memory.Dispose()
    }
}

function Get-Text([byte[]]$Bytes) {
    if ($Bytes.Length -ge 2 -and $Bytes[0] -eq 0xFF -and $Bytes[1] -eq 0xFE) { return [Text.Encoding]::Unicode.GetString($Bytes) }
    try {
        $strict = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false, $true
        return $strict.GetString($Bytes)
    } catch {
        return [Text.Encoding]::GetEncoding(1251).GetString($Bytes)
    }
}

function Get-HeadingFault([string]$Text, [string[]]$Headings) {
    if (@($Headings).Count -eq 0) { return '' }
    foreach ($line in ($Text -split '\r\n|\n|\r' | Select-Object -First $HeaderAmong)) {
        $cells = @($line -split '[;,\t]' | ForEach-Object { $_.Trim([char[]]@(' ', '"', [char]0xFEFF, [char]0xA0)) })
        if (@($Headings | Where-Object { $cells -notcontains $_ }).Count -eq 0) { return '' }
    }
    return 'В первых строках нет столбцов: {0}. Это другая выгрузка, или столбцы переименовали.' -f ($Headings -join ', ')
}

function Get-FreeName([string]$Folder, [string]$Name) {
    $stem = [IO.Path]::GetFileNameWithoutExtension($Name)
    $ending = [IO.Path]::GetExtension($Name)
    $target, $number = (Join-Path $Folder $Name), 2
    while ((Test-Path -LiteralPath $target) -or (Test-Path -LiteralPath "$target.txt")) {
        $target = Join-Path $Folder ('{0} ({1}){2}' -f $stem, $number, $ending)
        $number++
    }
    return $target
}

function Move-Away($File, [string]$Mark, [string]$Part, [string]$Reason) {
    $now = Get-Item -LiteralPath $File.FullName
    if ((Get-Mark $now) -ne $Mark) { return }   # его заменили: следующий обход отправит новый
    $folder = Join-Path $File.DirectoryName $Part
    if (-not (Test-Path -LiteralPath $folder)) { [void](New-Item -ItemType Directory -Path $folder) }
    $target = Get-FreeName $folder $File.Name
    if ($Reason) { Set-Content -LiteralPath "$target.txt" -Value "Файл не загружен.`r`n$Reason" -Encoding UTF8 }
    Move-Item -LiteralPath $File.FullName -Destination $target
}

# --- Отправка
function Send-Export($Client, $Given, [string]$Name, [byte[]]$Bytes) {
    # Код ответа (0 — ответа нет) и слова.
    $address = '{0}/api/v1/imports?filename={1}' -f $Given.Address, [Uri]::EscapeDataString($Name)
    $request = New-Object -TypeName Net.Http.HttpRequestMessage -ArgumentList ([Net.Http.HttpMethod]::Post), $address
    try {
        $request.Headers.Authorization = New-Object -TypeName Net.Http.Headers.AuthenticationHeaderValue -ArgumentList 'Bearer', $Given.Token
        $request.Content = New-Object -TypeName Net.Http.ByteArrayContent -ArgumentList (, $Bytes)
        $request.Content.Headers.ContentType = New-Object -TypeName Net.Http.Headers.MediaTypeHeaderValue -ArgumentList 'application/octet-stream'
        $response = $Client.SendAsync($request).GetAwaiter().GetResult()
        $code = [int]$response.StatusCode
        $text = [Text.Encoding]::UTF8.GetString($response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult())
    } catch {
        return @{ Code = 0; Words = $_.Exception.GetBaseException().Message }
    } finally {
        $request.Dispose()
    }
    $key = 'error'
    if ($code -eq 200 -or $code -eq 202) { $key = 'words' }
    try {
        $answer = ConvertFrom-Json -InputObject $text
        return @{ Code = $code; Words = [string]$answer.$key }
    } catch {
        return @{ Code = 0; Words = "ответил не сервер ОСМ (код $code)" }   # прокси или страница входа в сеть
    }
}

function Invoke-Round($Client, $Given) {
    # Один обход папки; $false, если что-то мешает отправлять.
    $seen = @{}
    foreach ($file in @(Get-Exports $Given.Folder)) { $seen[$file.FullName] = Get-Mark $file }
    if ($seen.Count -eq 0) { return $true }
    Start-Sleep -Seconds $Given.Seconds
    foreach ($file in @(Get-Exports $Given.Folder)) {
        $mark = Get-Mark $file
        if ($seen[$file.FullName] -ne $mark) { continue }   # ещё растёт
        try {
            if ($file.Length -gt $Largest) { $fault = 'Файл больше {0} МБ.' -f ($Largest / 1MB) }
            else {
                $bytes = Read-Whole $file.FullName
                $fault = Get-Fault $bytes $file.Extension $Given.Headings
            }
            if ($fault) {
                Move-Away $file $mark $Refused $fault
                Say "$($file.Name): не отправлен. $fault"
                continue
            }
            $answer = Send-Export $Client $Given $file.Name $bytes
            if (@(200, 202) -contains $answer.Code) {
                Move-Away $file $mark $Loaded ''
                Say "$($file.Name): передан. $($answer.Words)"
            } elseif (@(409, 413, 415, 422) -contains $answer.Code) {
                Move-Away $file $mark $Refused $answer.Words
                Say "$($file.Name): не принят. $($answer.Words)"
            } else {
                # Ключ, адрес или сервер: файл ни при чём и остаётся на месте.
                Say "$($file.Name): ждёт. Код $($answer.Code). $($answer.Words)"
                return $false
            }
        } catch [IO.IOException] {
            Say "$($file.Name): занят другой программой, ждёт."
        } catch [UnauthorizedAccessException] {
            Say "$($file.Name): нет прав его прочитать или перенести."
        }
    }
    return $true
}

# --- Работа
try {
    $given = Read-Settings $Settings
    $script:Journal = Join-Path $given.Folder 'журнал.txt'
    try {
        $lock = [IO.File]::Open((Join-Path $given.Folder '.osm-lock'), [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::None)
    } catch [IO.IOException] {
        Write-Host 'Скрипт уже работает с этой папкой.'
        exit 0
    }
    $handler = New-Object -TypeName Net.Http.HttpClientHandler
    $handler.AllowAutoRedirect = $false
    $client = New-Object -TypeName Net.Http.HttpClient -ArgumentList $handler
    $client.Timeout = [TimeSpan]::FromMinutes(5)
    do {
        try {
            $isWell = Invoke-Round $client $given
        } catch {
            Say "Ошибка: $($_.Exception.Message)"
            $isWell = $false
        }
        if (-not $Once) { Start-Sleep -Seconds $PauseSeconds }
    } until ($Once)
    $lock.Dispose()
    if (-not $isWell) { exit 1 }
} catch {
    Say "Ошибка: $($_.Exception.Message)"
    exit 1
}
